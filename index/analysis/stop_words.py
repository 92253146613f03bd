"""Words that carry no topic: articles, pronouns, auxiliaries, and the words that make a question.

A question is mostly such words ("what is the ... of ..."); counted, they would drown the rest.
Spelled as the analysis sees them: lower case, apostrophes taken out.
"""

from index.analysis.simplified import SIMPLIFIED

STOP_WORDS = frozenset(
    """
    a an the this that these those such same other another each every either neither both all any
    some no not nor only own
    i me my mine myself we us our ours ourselves you your yours yourself yourselves
    he him his himself she her hers herself it its itself they them their theirs themselves one ones
    who whom whose what which when where why how many much
    whats whos wheres whens hows whys whatever whichever whoever whenever wherever
    am is are was were be been being do does did doing done has have had having
    can could shall should will would may might must ought
    im youre hes shes theyre ive youve weve theyve id youd hed wed theyd ill youll hell well theyll
    isnt arent wasnt werent dont doesnt didnt hasnt havent hadnt cant cannot couldnt shouldnt wont
    wouldnt mustnt aint lets
    and or but if then else than so because as until while whilst though although unless whether
    of at by for with about against between among amongst into through during before after above
    below to from up down in out on off over under again further once here there within without upon
    toward towards onto via per
    just also too very more most less least few quite rather ever even still yet
    please tell say says said explain describe give list show know
    etc eg ie
    """.split()
) - {"well"}  # "wells" and "well-being" are topics; "we'll" is rare in documents

# Words that ask rather than name a topic. They are searched for like all others, but a passage
# without them answers as well as one that has them.
LIGHT_WORDS = frozenset(
    """
    mention mentions mentioned use uses used using make makes made making come comes came happen
    happens happened mean means meant get gets got going want wants wanted intend intends intended
    exist exists existing concern concerns concerned regarding according percent exactly currently
    actually anybody anyone everybody everyone somebody someone anything something everything
    thank thanks hello hi
    """.split()
)

# Written in capitals these are names, even though the small letters are a stop word.
NAMES_IN_CAPITALS = frozenset({"us", "it", "who"})

# Chinese words that make a question or a courtesy, as folded text has them. They are cut out, so no
# pair spans them.
CJK_STOP_PHRASES = (
    "为什么",
    "怎么样",
    "有没有",
    "是不是",
    "能不能",
    "可不可以",
    "请问",
    "什么",
    "甚么",
    "多少",
    "哪些",
    "哪个",
    "哪里",
    "哪儿",
    "哪种",
    "怎么",
    "怎样",
    "如何",
    "为何",
    "是否",
    "几个",
    "可以",
    "需要",
    "时候",
    "应该",
    "能够",
    "多大",
    "多长",
    "多久",
    "告诉我",
)

# Chinese function characters: alone they say nothing, and a pair that holds one says little. Text
# as people typed it has them in either script.
_FUNCTION_CHARACTERS = (
    "的了是在由该此并和与及或也都就而被把对于从到为以之其这那有吗呢吧啊呀么谁几个"
)
CJK_STOP_CHARACTERS = frozenset(_FUNCTION_CHARACTERS).union(
    chr(code) for code, simplified in SIMPLIFIED.items() if simplified in _FUNCTION_CHARACTERS
)

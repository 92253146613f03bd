"""A question to the kinds of answer that it asks for, English or Chinese.

Question words decide, and only where they ask: "who" asks at the beginning and joins clauses
elsewhere. A question that can be answered by yes is one of that kind whatever else it names.
"""

from typing import Final

from index.analysis import fold, may_have_cjk
from index.kinds.kind import Kind
from index.patterns import lazily
from index.sentences import sentence_spans

_CLOSING = "\"'”’」』)]）"  # what may stand behind a question mark
_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff"
_HAS_HAN = lazily(f"[{_HAN}]")
_AUXILIARY = (
    r"(?:am|is|are|was|were|do|does|did|has|have|had|can|could|will|would|shall|should|may|might"
    r"|must|(?:is|are|was|were|do|does|did|has|have|had|ca|could|wo|would|should)n['’]?t|cannot)\b"
)
# What stands before a question without being part of it.
_LEAD = lazily(
    r"(?:(?:please|so|and|but|also|then|now|well|ok|okay|hello|hi|thanks|or|because)\b[,.!]?\s+"
    r"|(?:can|could|would|will) (?:you|anyone|anybody|someone|somebody) (?:please )?"
    r"(?:tell|give|show|explain|say|let|advise)\b(?: (?:me|us|to me|to us))?(?: know)?,?\s+"
    r"|do(?:es)? (?:you|we|anyone|anybody|they|it) (?:know|say|state|mention)\s+"
    r"|do(?:es)? the (?:document|text|plan|policy|report|page)s? (?:say|state|mention|tell us)\s+"
    r"|(?:i|we) (?:want|need|wish|(?:would|['’]d) like|['’]d like) to (?:know|find out|ask)\s+"
    r"|(?:i|we) (?:wonder|was wondering|am wondering)\s+"
    r"|(?:tell|show) (?:me|us)\s+)*+"
)
# What a sentence with such a lead begins with.
_LEAD_BEGINS = (
    *"please so and but also then now well ok hello hi thanks or because can could would".split(),
    *"will do tell show".split(),
    *("i ", "we "),
)
_ASKS = lazily(
    r"(?:(?:by|to|in|on|at|for|from|since|until|till|with|of|within|under|after|before|up to) )?"
    r"(?:who|whom|whose|when|where|which|what|why|how)\b|(?:name|list|enumerate|give) "
)
_HAN_ASKS = lazily(r"[谁誰吗嗎哪几幾何]|什么|什麼|甚么|甚麼|多少|怎[么麼样樣]|是否|能否|多久")
_IS_YES_NO = lazily(rf"{_AUXILIARY}|(?:ought|need) (?:i|we|he|she|they|it)\b")
_LATE_YES_NO = lazily(
    rf"[,;:] ?(?:so |then |and |but )?{_AUXILIARY} (?:i|we|you|he|she|it|they|there|this|that"
    r"|these|those|the|an?|my|our|your|his|her|its|their)\b"
)

# Where a question word asks: at the beginning, behind a comma or "and", behind a preposition.
# Elsewhere it joins clauses: "a person who works", "the day when it ends".
_AT = (
    r"(?:\A|[,;:(–—] ?|\b(?:and|or|but|so|then) )"
    r"(?:(?:by|to|in|on|at|for|from|since|until|till|with|of|within|under|after|before|about|than"
    r"|up to) )?"
)
_ANYWHERE_AT = (
    r"(?:\A|[,;:(–—] ?|\b(?:and|or|but|so|then|by|to|in|on|at|for|from|since|until|till|with|of"
    r"|within|under|after|before|about|than) )"
)
_WHAT_IS = (
    rf"{_AT}(?:what(?:['’]?s| is| are| was| were| will| would)?|which)"
    r"(?: be)?(?: the| my| our| his| her| their| your| its| an?)?(?: [\w-]+){0,2}? "
)
_GROWING = (
    r"(?:grow|grew|grown|growing|increas\w*|ris(?:e|en|ing)|rose|fall|fell|fallen|falling|declin\w*"
    r"|drop\w*|shr[iau]nk|expand\w*|chang\w*|reduc\w*|up|down)\b"
)
_MONEY_WORDS = (
    r"(?:money|costs?|costing|price[sd]?|fees?|pay|paid|pays|paying|payable|payments?|tax(?:es)?"
    r"|vat|charged?|charges|fines?|penalty|penalties|salary|salaries|wages?|budgets?|fund(?:s|ing)?"
    r"|grants?|rent|benefits?|allowances?|pensions?|subsid(?:y|ies)|compensation|refund(?:s|ed)?"
    r"|spen[dt]|spending|invest(?:ed|ment|ments)?|revenues?|profits?|income|loans?|debts?|owed?"
    r"|earn(?:ed|ings)?|deduct(?:ed)?|savings|bursary|fares?|insurance|deposit|yuan|dollars?"
    r"|pounds|euros?|rmb|usd|worth)\b"
)
_BEFORE_PLURAL = (
    r"(?:two|three|four|five|six|seven|eight|nine|ten|\d+|key|main|major|new|other|specific"
    r"|different|kind of|sort of)"
)
# A word that is taken for a plural; verbs in -s are mostly found behind one noun only.
_PLURAL = (
    r"(?!(?:was|has|does|as|happens|makes|means|counts|comes|goes|causes|leads|drives|matters"
    r"|applies|exists|remains|takes|gets|gives|helps|allows|says|stands|works)\b)"
    r"[\w-]*(?:[a-hj-rtv-z]s|people|children|men|women|criteria)\b"
)
_TIME_UNITS = r"(?:time|seconds?|minutes?|hours?|days?|nights?|weeks?|fortnights?|months?|years?)\b"

# Each with what a sentence must have for it, so that most are neither searched for nor compiled.
_WHAT = ("what", "which")
# How an auxiliary, a person or such a word as "to" may begin.
_HOW_TO = [f"how {begun}" for begun in "a b c d e h i may might must sh th to w y".split()]
_ENGLISH: Final = tuple(
    (kind, signs, lazily(pattern))
    for kind, signs, pattern in (
        (
            Kind.PERSON,
            ("who", *_WHAT),
            # Who may or should do something asks for a rule, and "who do I tell" for an office.
            rf"{_ANYWHERE_AT}who(?:m|se)?(?:['’]s)?\b(?! (?:else )?(?:can|could|may|might|must"
            r"|should|shall|would|do|does"
            r"|(?:is|are) (?:eligible|entitled|allowed|exempt|able|covered|affected))\b)"
            rf"|{_AT}(?:which|what) (?:minister|director|official|person|president|secretary"
            r"|chairman|spokesperson|spokesman|spokeswoman|leader|author)\b",
        ),
        (
            Kind.DATE,
            ("when", "how late", *_WHAT),
            rf"{_ANYWHERE_AT}when(?:['’]s)?\b(?=(?: exactly| else)? {_AUXILIARY}| ?\?| ?\Z)"
            r"|\Awhen\b(?!.*,)"
            rf"|{_AT}(?:what|which) (?:exact )?(?:date|day|year|month|time|week|quarter)s?\b"
            r"|\b(?:in|by|until|till|since|from|on) (?:what|which) (?:date|day|year|month)\b"
            rf"|{_WHAT_IS}(?:date|deadline|due date|last day|cut-off)s?\b|\bhow late\b",
        ),
        (
            Kind.DURATION,
            ("how long", "how soon", "how quickly", "how far", *_WHAT),
            rf"\bhow (?:long\b(?! ago)|soon\b|quickly\b(?!.{{0,150}}\b{_GROWING}))"
            r"|\bhow far\b.{0,60}\b(?:back|backdated?|ahead|in advance)\b"
            rf"|{_WHAT_IS}(?:duration|period|time limit|length of (?:time|notice)|timescale"
            r"|timeframe|term)s?\b",
        ),
        (
            Kind.DURATION,
            "time second minute hour day night week month year".split(),
            rf"\bhow (?:many|much) (?:[\w-]+ )?{_TIME_UNITS}(?! old)",
        ),
        (
            Kind.AMOUNT,
            ("how", *_WHAT),
            r"\bhow (?:many|much|high|low|large|big|tall|wide|deep|heavy|far|old|fast|small|great"
            r"|steep|strong|strongly)\b"
            rf"|{_WHAT_IS}(?:number|amount|figure|size|volume|total|maximum|minimum|limit|threshold"
            r"|capacity|age|distance|height|weight|width|depth|quantity|output|population|ratio"
            r"|level|speed|temperature)s?\b",
        ),
        (
            Kind.MONEY,
            ("how much", *_WHAT),
            rf"(?<!\bby )how much\b.{{0,150}}\b{_MONEY_WORDS}"
            r"|\bhow much (?:will|would|can|could|do|does|should) (?:i|we|you|he|she|they|it)"
            r" (?:get|receive|claim|be|give)\b"
            rf"|{_WHAT_IS}(?:costs?|prices?|fees?|charges?|fines?|salary|wages?|budgets?|payments?"
            r"|fares?|penalty|allowance|pension"
            rf"|(?:amount|level|sum|rate) of (?:[\w-]+ ){{0,3}}{_MONEY_WORDS})\b",
        ),
        (
            Kind.PERCENT,
            (
                *("how many per", "how much", "how fast", "how quickly", "how strongly", "how far"),
                *_WHAT,
            ),
            r"\bhow many per ?cent\b|\bby how much\b"
            r"|\bhow (?:much|fast|quickly|strongly|far)\b(?!.{0,150}\b(?:costs?|pay)\b)"
            rf".{{0,150}}\b{_GROWING}"
            rf"|{_WHAT_IS}(?:share|percentage|per ?cent|proportion|fraction|rates?"
            r"|(?:growth|increase|decrease|decline|rise|reduction)(?! \w+s\b| plan\b))\b",
        ),
        (
            Kind.LIST,
            ("name", "list", "enumerate", "give", "show", *_WHAT),
            rf"{_AT}what (?:are|were) (?:the|my|our|his|her|their|your|its|some|these|those|they)\b"
            rf"|{_AT}(?:which|what) (?:{_BEFORE_PLURAL} ){{0,2}}{_PLURAL}"
            rf"|{_AT}(?:which|what) (?:[\w-]+ ){{0,2}}{_PLURAL}(?= {_AUXILIARY}| ?\?| ?\Z)"
            rf"|{_AT}(?:which|what) (?:[\w-]+ ){{1,4}}(?:are|were|have)\b"
            rf"|{_AT}which (?:of (?:the|these|those|them)|ones|are|were)\b"
            r"|\A(?:name|list|enumerate) \w|\A(?:give|show) (?:me |us )?(?:all|examples|some|an?"
            r" (?:list|overview))\b|\bwhat (?:kinds|types|sorts|forms) of\b|\bwhat else\b"
            rf"|{_AT}what (?:\w+ ){{0,8}}?(?:include|includes|consists? of)\b",
        ),
        (
            Kind.REASON,
            ("why", "how come", *_WHAT),
            rf"{_ANYWHERE_AT}why\b|\bhow come\b|\bwhat for\b|\bfor what (?:reason|purpose)"
            rf"|{_WHAT_IS}(?:reason|cause|purpose|aim|goal|objective|intention|rationale|motive)s?\b"
            rf"|{_AT}what (?:has |have |had )?(?:caused|causes|led to|leads to|prompted)\b",
        ),
        (
            Kind.PLACE,
            ("where", *_WHAT),
            rf"{_ANYWHERE_AT}where\b|{_AT}(?:what|which) (?:country|city|town|province|region"
            r"|place|address|location)\b",
        ),
        (
            Kind.MANNER,
            (*_HOW_TO, *_WHAT),
            rf"{_ANYWHERE_AT}how (?:{_AUXILIARY}|to\b|else\b|best\b|exactly\b)"
            r"|\bin what (?:way|manner)|\bby what means"
            r"|\bhow (?:i|we|you|they|he|she) (?:can|should)"
            rf"|{_AT}what (?:do|does|must|should|can|could|would|will) (?:i|we|you|he|she|they"
            r"|[a-z]+) (?:need to |have to |be able to )?do\b",
        ),
    )
)

_HAN_TIME_UNITS = (
    "(?:[天年周週秒]|[个個]半?月|[个個]?(?:小时|小時|星期|礼拜|禮拜|工作日|季度)|分钟|分鐘|日)"
    "(?![龄齡级級代底初份号號圆圓元])"
)
_HAN_HOW_MANY = "(?:多少|(?<![哪第])[几幾](?![乎率何类類几幾月日])|多[大高])"
_HAN_WHAT = "(?:什么|什麼|甚么|甚麼|何)"
_HAN_GROWTH = (
    "(?:百分|占比|佔比|比重|比例|份额|份額|增速|增幅|降幅|涨幅|漲幅|增长|增長|上升|下降|提高|减少|減少"
    "|同比|环比|環比|[长長税稅利汇匯比业業]率)"
)
_HAN_MONEY = (
    "(?:费用|費用|[收学學旅]费|[收學旅]費|金额|金額|[价價][格钱錢]|[定售票]价|[定售票]價|工资|工資|成本"
    "|预算|預算|资金|資金|投资|投資|斥资|斥資|耗资|耗資|造价|造價|税额|稅額|补贴|補貼|补助|補助|罚款"
    "|罰款|营收|營收|收入|利润|利潤|票房|月薪|年薪|薪水)"
)
_HAN_COINS = "(?:[日美欧歐港]?[元圆圓]|[钱錢]|人民[币幣]|英[镑鎊]|[卢盧]布|[越泰]南?[盾铢銖])"
_CHINESE: Final = tuple(
    (kind, lazily(pattern))
    for kind, pattern in (
        (Kind.PERSON, f"[谁誰]|哪一?[位名]|何人|(?:{_HAN_WHAT}|哪一?[个個])人(?![群种種口])"),
        (
            Kind.DATE,
            f"(?<![为為因]){_HAN_WHAT}(?:[时時](?:[候间間期]|$|\\?)|日[期子]|年(?:代|份|度)?(?![龄齡级級]))"
            "|何[时時年月日]|[几幾](?:[时時](?![间間])|月|[日号號]|[几幾]年)|哪一?[个個]?[年天日月]"
            "|(?:日期|[时時][间間])[是为為在](?:什么|什麼|甚麼|哪|何)",
        ),
        (
            Kind.DURATION,
            f"多久|多[长長]的?[时時][间間]|(?:多少|(?<![哪第几幾])[几幾](?!日)){_HAN_TIME_UNITS}"
            "|(?:期限|有效期|工期|任期|为期|為期|历时|歷時)[是为為有]?(?:多|[几幾])",
        ),
        (
            Kind.AMOUNT,
            f"{_HAN_HOW_MANY}|多(?:[远遠重宽寬深快厚]|[长長](?!的?[时時]))"
            "|(?:[数數]量|[规規]模|[总總][数數]|人[数數]|面[积積]|高度|[长長]度|人口)[有是为為达達]*"
            "(?:多|[几幾]|\\?|$)",
        ),
        (
            Kind.MONEY,
            f"{_HAN_MONEY}[^,。;]{{0,8}}{_HAN_HOW_MANY}"
            f"|(?:多少|(?<![哪第])[几幾])[万亿萬億]?(?:{_HAN_COINS}|{_HAN_MONEY})",
        ),
        (
            Kind.PERCENT,
            f"{_HAN_GROWTH}[^,。;]{{0,12}}{_HAN_HOW_MANY}|百分之[几幾多]|多少[个個]?百分|[几幾]成(?![员員立])",
        ),
        (
            Kind.LIST,
            "哪些|哪[几幾两兩二三四五六七八九十]|分[别別](?:是|为|為|有)"
            "|(?:包括|包含)了?(?:什|哪|[谁誰])|列出|列[举舉]",
        ),
        (
            Kind.REASON,
            # "改名为什么" asks for a name: what follows such a verb is "what as", not "why".
            "(?<![称稱作名叫改译譯变變定分评評视視选選即算认認])[为為](?:什么|什麼|甚么|甚麼|啥)"
            "|(?<![称稱作名叫改译譯变變成认認])[为為]何|因(?:什么|什麼|甚麼|何)|何故|何以|怎[么麼][会會]"
            "|(?:原因|[缘緣]故|目的|理由|起因|[缘緣]由)(?:[在是为為有何于於]|都|\\?|$)",
        ),
        (
            Kind.PLACE,
            f"哪[里裡裏儿兒]|何[处處地]|{_HAN_WHAT}(?:地[方点點区區]|位置)"
            "|哪一?[个個座]?(?:国家|國家|城市|地[区區方]|[国國省市县縣])",
        ),
        (
            Kind.MANNER,
            f"怎[么麼](?![会會])|怎[样樣]|如何|{_HAN_WHAT}种?種?(?:方式|方法|途[径徑]|[办辦]法|手段)",
        ),
        (
            Kind.YES_NO,
            "[吗嗎]|是否|[能可会會]否|是不是|能不能|有[没沒]有|可不可以|[会會]不[会會]|要不要|[对對]不[对對]"
            "|(?<![什甚怎那这這])[么麼]\\?",
        ),
    )
)
# A figure asked for with its unit is no mere number, "what are the fees" no list, and how much an
# income grew is no sum of money.
_SPECIFIC = {Kind.DURATION, Kind.MONEY, Kind.PERCENT}
_MEASURED = {Kind.DATE, Kind.AMOUNT, *_SPECIFIC}


def asked(question: str) -> tuple[Kind, ...]:
    """Return the kinds of answer that a question asks for, in the order of Kind.

    Of several sentences only those count that ask: a person's situation may well name sums and
    dates. They are those with a question mark; without any, those that begin as questions do
    ("When I asked, ..." does so too); without these, the last one.
    """
    sentences = [question[start:end] for start, end in sentence_spans(question)]
    asking = [text for text in sentences if text.rstrip(_CLOSING).endswith(("?", "？"))]
    folded = [" ".join(fold(text).split()) for text in asking or sentences]
    if not asking:
        folded = [text for text in folded if _begins_as_question(text)] or folded[-1:]
    found = {kind for sentence in folded for kind in _asked_by(sentence)}
    return tuple(kind for kind in Kind if kind in found)


def _begins_as_question(sentence: str) -> bool:
    return (
        _ASKS.match(_without_lead(sentence)) is not None or _HAN_ASKS.search(sentence) is not None
    )


def _without_lead(sentence: str) -> str:
    """Return a folded sentence from where it asks; most ask at once, and nothing is compiled."""
    return _LEAD.sub("", sentence, count=1) if sentence.startswith(_LEAD_BEGINS) else sentence


def _asked_by(sentence: str) -> set[Kind]:
    """Return the kinds that one sentence asks for; it is folded, its white space single."""
    if may_have_cjk(sentence) and _HAS_HAN.search(sentence):
        found = {kind for kind, pattern in _CHINESE if pattern.search(sentence)}
        if len(found) > 1:  # "do you know who it is" is not answered by yes
            found.discard(Kind.YES_NO)
    else:
        sentence = _without_lead(sentence)
        if _IS_YES_NO.match(sentence):
            return {Kind.YES_NO}
        found = {
            kind
            for kind, signs, pattern in _ENGLISH
            if any(sign in sentence for sign in signs) and pattern.search(sentence)
        }
        if not found and _LATE_YES_NO.search(sentence):
            return {Kind.YES_NO}
    if found & _SPECIFIC:
        found.discard(Kind.AMOUNT)
    if found & _MEASURED:
        found.discard(Kind.LIST)
    if Kind.PERCENT in found:
        found.discard(Kind.MONEY)
    return found

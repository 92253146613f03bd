"""What questions ask for, what texts hold, and how far the one fits the other."""

import random
import time
from collections.abc import Callable

import pytest
from conftest import GIVEN
from hostile_texts import HOSTILE
from hypothesis import given
from hypothesis import strategies as st

from index.kinds import holding
from index.kinds.asking import asked
from index.kinds.holding import held
from index.kinds.kind import Kind, satisfies

ENGLISH = {
    "Who is the director of the bureau?": "PERSON",
    "Who said that stabilizing these industries stabilizes the economy?": "PERSON",
    "By whom were the plans announced?": "PERSON",
    "Which minister signed the order?": "PERSON",
    "Can you tell me who leads the monitoring bureau?": "PERSON",
    "Who should I send my appeal to?": "",
    "Who can apply for the grant?": "",
    "Can a person who is disabled apply?": "YES_NO",
    "When were the work plans announced?": "DATE",
    "On what day does the scheme end?": "DATE",
    "My council tax is paid until what year?": "DATE",
    "By when must I pay?": "DATE",
    "What is the deadline for paying the tax?": "DATE",
    "In which year did the fund start?": "DATE",
    "Do you know when it ends?": "DATE",
    "Is there a fee when I apply late?": "YES_NO",
    "How long does it take to get a decision?": "DURATION",
    "How many working days do I have to cancel?": "DURATION",
    "For how many weeks is sick pay paid?": "DURATION",
    "How far can I backdate claims for VAT?": "DURATION",
    "What is the time limit for an appeal?": "DURATION",
    "How many new energy vehicles were exported?": "AMOUNT",
    "What is the maximum age of an applicant?": "AMOUNT",
    "How high must the fence be?": "AMOUNT",
    "number of vehicles exported": "",
    "What number of vehicles was exported?": "AMOUNT",
    "How much does the travel document cost?": "MONEY",
    "How much funding is available for a postgraduate student?": "MONEY",
    "What is the fee for a licence?": "MONEY",
    "How much will I get?": "MONEY",
    "What level of compensation would we be expected to pay?": "MONEY",
    "What share of the industries do the ten account for?": "PERCENT",
    "By how much did investment grow?": "PERCENT",
    "How fast did added value grow in the first seven months?": "PERCENT",
    "What interest rate is paid on the account?": "PERCENT",
    "What percentage of profits is taxed?": "PERCENT",
    "Which ten key industries are covered?": "LIST",
    "Which industries account for most of the output?": "LIST",
    "What are the requirements for a private hire licence?": "LIST",
    "What documents do I need?": "LIST",
    "Name the departments that take part.": "LIST",
    "List all measures": "LIST",
    "Which ministry leads the work?": "",
    "Why do the plans concentrate on ten industries?": "REASON",
    "What is the purpose of the fund?": "REASON",
    "For what reason was the claim refused?": "REASON",
    "Where can I complain about this?": "PLACE",
    "How do I claim his estate?": "MANNER",
    "How can I appeal against the decision?": "MANNER",
    "What do I need to do to qualify?": "MANNER",
    "Is the pension taxed?": "YES_NO",
    "Don't I have to register?": "YES_NO",
    "Although I have savings, can I apply for help?": "YES_NO",
    "What happens if my case is refused?": "",
    "When did it start, and how much money was spent?": "DATE MONEY",
    "Who announced the plans and why?": "PERSON REASON",
}
CHINESE = {
    "运行监测协调局局长是谁？": "PERSON",
    "這句話是誰說的？": "PERSON",
    "哪位官员介绍了方案？": "PERSON",
    "工作方案是什么时候发布的？": "DATE",
    "方案何時發布？": "DATE",
    "该政策执行到哪一年？": "DATE",
    "申报截止到几月几日？": "DATE",
    "基金在哪年成立": "DATE",
    "審批需要多長時間？": "DURATION",
    "产假有几个月？": "DURATION",
    "办理要多久": "DURATION",
    "有效期是多少年？": "DURATION",
    "可以延期几天？": "DURATION",
    "出口了多少辆新能源汽车？": "AMOUNT",
    "共有幾個行業？": "AMOUNT",
    "这条路有多长？": "AMOUNT",
    "企业数量是多少？": "AMOUNT",
    "申请要多少钱？": "MONEY",
    "補貼金額是多少？": "MONEY",
    "项目总投资多少亿元？": "MONEY",
    "十个行业占规模以上工业的比重是多少？": "PERCENT",
    "固定資產投資增長了多少？": "PERCENT",
    "占百分之几？": "PERCENT",
    "工业增加值同比增速多少？": "PERCENT",
    "包括哪些行业？": "LIST",
    "都有哪些措施": "LIST",
    "由哪幾個部門負責？": "LIST",
    "十大行业分别是什么？": "LIST",
    "为什么选择这十个行业？": "REASON",
    "為何利潤下降？": "REASON",
    "利润下降的原因是什么？": "REASON",
    "旧公司后来改名为什么？": "",
    "在哪里申请？": "PLACE",
    "如何申请补贴？": "MANNER",
    "怎麼辦理？": "MANNER",
    "小企业可以申请吗？": "YES_NO",
    "是否需要登記？": "YES_NO",
    "你知道局长是谁吗？": "PERSON",
    "永昌大君为什么年龄幼小？": "REASON",
    "他的字是什么？": "",
}
HELD = {
    "Tao Qing, director of the bureau, spoke.": "PERSON",
    "“It is stable,” said Tao Qing.": "PERSON",
    "Tao Qing emphasized that work goes on.": "PERSON",
    "The rules were signed by Minister Jin.": "PERSON",
    "The Ministry said nothing.": "",
    "The director said so.": "",
    "运行监测协调局局长陶青出席。": "PERSON",
    "陶青表示，形势稳定。": "PERSON",
    "列卡度·华斯迪加盟。": "PERSON",
    "工业和信息化部发布。": "",
    "It was published on 2023-09-05.": "DATE",
    "Beijing, September 5th": "DATE",
    "Pay by 31 January": "DATE",
    "on the 5th of September": "DATE",
    "5 September 2023": "DATE",
    "It ended in 2023.": "DATE",
    "the tax year 2023-24": "DATE",
    "于2023年发布": "DATE",
    "9月5日": "DATE",
    "二〇二三年": "DATE",
    "You may apply.": "",
    "You have 12 weeks.": "DURATION",
    "a 14-day period": "DURATION",
    "It takes two years.": "DURATION",
    "within 30 working days": "DURATION",
    "from 2 to 3 months": "DURATION",
    "Appeals can take several months.": "DURATION",
    "三个月内": "DURATION",
    "30日内": "DURATION",
    "为期两年": "DURATION",
    "You must be 16 years old.": "AMOUNT",
    "It costs £20.": "MONEY",
    "a fine of $1,000.50": "MONEY",
    "3 million yuan": "MONEY",
    "5亿元": "MONEY",
    "五萬元": "MONEY",
    "an 8.5% increase": "PERCENT",
    "8.5 percent": "PERCENT",
    "增长8.5%": "PERCENT",
    "百分之八點五": "PERCENT",
    "提高2个百分点": "PERCENT",
    "636,000 new energy vehicles": "AMOUNT",
    "a 1.5-fold increase": "AMOUNT",
    "ten key industries": "AMOUNT",
    "63.6万辆": "AMOUNT",
    "三十個行業": "AMOUNT",
    "See section 5 of the act.": "",
    "一个": "",
    "第3条": "",
    "You live in England, Scotland or Wales.": "LIST",
    "steel, building materials, and chemicals": "LIST",
    "If you are late, you and your employer pay.": "",
    "钢铁、有色金属和石化": "LIST",
    "石化、化工、建材": "LIST",
    "Include the following:\nyour name\nyour address\nthe date": "LIST",
    "- one\n- two\n- three": "LIST",
    "It failed because it rained.": "REASON",
    "This is due to the rain.": "REASON",
    "The tax is due on Monday.": "",
    "To stimulate demand, plans are made.": "REASON",
    "Stop so that they can pass.": "REASON",
    "由于需求下降": "REASON",
    "為了促進消費": "REASON",
    "以便企业办理": "REASON",
}


def kinds(names: str) -> tuple[Kind, ...]:
    return tuple(Kind[name] for name in names.split())


def flags(names: str) -> int:
    return sum(kinds(names))


@pytest.mark.parametrize(("question", "expected"), [*ENGLISH.items(), *CHINESE.items()])
def test_a_question_asks_for_these_kinds(question: str, expected: str) -> None:
    assert asked(question) == kinds(expected)


@pytest.mark.parametrize(("text", "expected"), HELD.items())
def test_a_text_holds_these_kinds(text: str, expected: str) -> None:
    assert Kind(held(text)) == Kind(flags(expected))


def test_only_the_sentences_that_ask_decide() -> None:
    situation = "I paid £400 in 2020. When I asked, they told me why. "
    assert asked(situation + "How long do I have to appeal?") == (Kind.DURATION,)
    assert asked("我在2020年交了多少多少钱。什么时候能退？") == (Kind.DATE,)
    assert asked("I lost my card. Who is the director") == (Kind.PERSON,)


def test_two_questions_ask_for_both() -> None:
    assert asked("When does it end? How much does it cost?") == (Kind.DATE, Kind.MONEY)


def test_full_width_and_capital_letters_ask_as_others_do() -> None:
    assert asked("ＷＨＥＮ does it end？") == asked("when does it end?") == (Kind.DATE,)


@pytest.mark.parametrize(
    ("paragraph", "expected"),
    [(1, "DATE"), (2, "PERCENT"), (3, "PERSON LIST"), (4, "PERSON PERCENT"), (7, "AMOUNT")],
)
def test_paragraphs_of_the_given_document_hold_their_kinds(paragraph: int, expected: str) -> None:
    text = GIVEN.read_text(encoding="utf-8").split("\n\n")[paragraph]
    assert held(text) & flags(expected) == flags(expected)


def test_paragraphs_without_a_figure_hold_none() -> None:
    figures = flags("DATE DURATION AMOUNT MONEY PERCENT PERSON")
    for paragraph in (5, 6, 8, 9):
        text = GIVEN.read_text(encoding="utf-8").split("\n\n")[paragraph]
        assert held(text) & figures == 0


def test_flags_are_those_of_the_kinds_and_fit_into_sixteen_bits() -> None:
    assert sum(Kind) < 1 << 16
    assert sum(held(text) != 0 for text in HELD) > len(HELD) // 2
    assert all(type(held(text)) is int for text in HELD)


# What prefilters look for, and what comes close to it.
PIECES = """
said said, said. therefore Therefore, thus, and or a, b, steel, iron, 12 ٣ １２ $5 ￥ 3%
三 个月 人 、 和 ， Mr Mr. Smith two, two. two days years 10 due to To ensure . , director:
National , and , or é “said”
表示 王明 January First: - (a)
""".split()


@given(st.lists(st.tuples(st.sampled_from([*PIECES, "\ud800"]), st.sampled_from(" \n\t\u3000"))))
def test_what_is_held_is_found_without_prefilters_as_well(some: list[tuple[str, str]]) -> None:
    text = "".join(piece + space for piece, space in some)
    chunks = text.replace(", ", " ").replace(". ", " ").split()
    with pytest.MonkeyPatch.context() as patched:
        for prefilter in ("_may_have_figures", "_may_have_items", "_may_have_han"):
            patched.setattr(holding, prefilter, lambda _: True)
        expected = held(text)
    assert held(text) == held(text, chunks) == expected


@pytest.mark.parametrize("question", ["Is it taxed?", "Where is it?", "How do I apply?", "", "?"])
def test_a_question_for_nothing_that_has_a_form_is_not_judged(question: str) -> None:
    assert satisfies(asked(question), held("On 5 May 2023 Minister Jin paid £5.")) is None


@pytest.mark.parametrize(
    ("asking", "text", "degree"),
    [
        ("AMOUNT", "8.5%", 1.0),
        ("AMOUNT", "£20", 1.0),
        ("AMOUNT", "636,000 vehicles", 1.0),
        ("AMOUNT", "in 2023", 0.0),
        ("MONEY", "£20", 1.0),
        ("MONEY", "8.5% of 20 vehicles", 0.0),
        ("PERCENT", "8.5%", 1.0),
        ("PERCENT", "a 1.5-fold increase", 0.5),
        ("DURATION", "12 weeks", 1.0),
        ("DURATION", "in 2023", 0.0),
        ("DATE", "in 2023", 1.0),
        ("DATE", "12 weeks", 0.0),
        ("LIST", "England, Scotland or Wales", 0.4),
        ("LIST", "steel, metals, chemicals, machinery, cars, and light industry", 1.0),
        ("REASON", "because it rains", 1.0),
        ("PERSON", "said Tao Qing", 1.0),
        ("DATE MONEY", "in 2023", 0.5),
        ("DATE MANNER", "in 2023", 1.0),
    ],
)
def test_what_is_held_fits_what_is_asked_to_a_degree(asking: str, text: str, degree: float) -> None:
    assert satisfies(kinds(asking), held(text)) == degree


@given(
    st.text(
        alphabet="1２三百年月日、,.:$£% \n-–'whoatmuchy谁多少几为什么哪·陶MayTo?？", max_size=60
    )
)
def test_no_text_raises(text: str) -> None:
    degree = satisfies(asked(text), held(text))
    assert degree is None or 0 <= degree <= 1


@given(st.text())
def test_no_text_of_any_characters_raises(text: str) -> None:
    assert 0 <= held(text) < 1 << 16
    assert asked(text) == tuple(sorted(asked(text)))


@pytest.mark.parametrize("text", [text for _, text in HOSTILE])
def test_no_hostile_text_raises(text: str) -> None:
    assert 0 <= held(text) < 1 << 16
    asked(text)


PIECES = [
    "1", "1,", "1.1-", "2023-", "12 ", "三", "百", "百分", "三个", "第", "、", "、石", ", ", ", a ",
    "a, b ", ":\n", "\n", "\n- ", "\n-\t", " \n", "To ", "said ", "said Tao ", "Tao ", "Tao-", "A",
    "陶", "陶青", "·", "陶·", "局长陶", "to help ", "two ", "two years old ", "$", "$1", "£ ",
    "May ", "May 2", "what ", "what-", ", what ", ",what is ", "how much ", "how much grow ",
    "how far ", "when ", "and who ", "please ", "can you tell me ", "is ", ", is it ",
    "多少", "几", "面积有", "比重", "投资", "哪", "为什么", "?", "? ", "？", "(",
    "a" * 9 + "s", "which ten ", "!?", "x? ",
]  # fmt: skip


def seconds(work: Callable[[str], object], text: str) -> float:
    start = time.process_time()
    work(text)
    return time.process_time() - start


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("work", [held, asked])
def test_time_grows_with_the_length_alone(work: Callable[[str], object], piece: str) -> None:
    # A quadratic pattern takes minutes on so much text, the slowest linear one a quarter second.
    for ending in ("", "!"):
        assert seconds(work, piece * (50_000 // len(piece)) + ending) < 1


@pytest.mark.parametrize("work", [held, asked])
def test_time_grows_with_the_length_of_mixed_pieces_alone(work: Callable[[str], object]) -> None:
    rng = random.Random(1)
    for _ in range(10):
        some = rng.choices(PIECES, k=5)
        text = "".join(rng.choices(some, k=10_000))
        assert seconds(work, text) < 2

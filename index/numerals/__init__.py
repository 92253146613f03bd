"""The numbers and days of a question to the other forms in which a text may write them.

8.5% is also 8.5 percent and 百分之八点五, 63.6万 is 636,000, and 9月5日 is September 5. Values are
decimal fractions throughout, so nothing is lost to rounding.
"""

from index.numerals.chinese import chinese_numeral, chinese_value
from index.numerals.finding import MOST_FORMS, NumberForms, variants

__all__ = ["MOST_FORMS", "NumberForms", "chinese_numeral", "chinese_value", "variants"]

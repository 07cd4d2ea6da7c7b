"""A second model that says whether the words of a note support a code, without knowing who proposed it.

result → questions (words, title, Tabular notes) → each asked twice, in two orders → judgements → against people's
"""

from wardround.coding.judging.agreement import Agreement, Label, agreement
from wardround.coding.judging.judge import Judge
from wardround.coding.judging.judgement import VERDICTS, Judged, Judgement, Verdict

__all__ = ["VERDICTS", "Agreement", "Judge", "Judged", "Judgement", "Label", "Verdict", "agreement"]

"""What a page says, without drawing it: one module a question that people ask. Pure.

A view has two functions. `questions(page_query, answers)` says what it needs beyond the answers
that are there; it is asked again until it needs nothing more. `present(page_query, answers)` makes
a frozen value of them: texts, numbers, arrays and charts.
"""

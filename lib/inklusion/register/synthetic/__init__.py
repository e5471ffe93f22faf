"""The synthetic register: invented pupils in 98 invented municipalities, calibrated to printed national figures.

No real data are read. What is known about it and nowhere else is the truth: each row's probability, and how much of
a municipality's share comes from local practice.
"""

from inklusion.register.synthetic.generate import Truth, synthetic_register

__all__ = ["Truth", "synthetic_register"]

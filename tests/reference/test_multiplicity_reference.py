"""Adjusted p-values agree with R's p.adjust; the CSV says which version, and which script."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from inklusion.analyses.expected import adjusted
from inklusion.measures.multiplicity import holm_adjusted

TABLE = pd.read_csv(Path(__file__).with_name("multiplicity.csv"), comment="#", skipinitialspace=True)


def test_holm_equals_p_adjust():
    assert holm_adjusted(TABLE["p"]) == pytest.approx(TABLE["holm"].to_numpy(), abs=1e-12)


def test_benjamini_hochberg_equals_p_adjust():
    assert adjusted(TABLE["p"].to_numpy(), "fdr_bh") == pytest.approx(TABLE["bh"].to_numpy(), abs=1e-12)


def test_a_missing_p_value_does_not_count():
    with_gap = np.append(TABLE["p"], np.nan)
    assert holm_adjusted(with_gap)[:-1] == pytest.approx(TABLE["holm"].to_numpy(), abs=1e-12)
    assert np.isnan(holm_adjusted(with_gap)[-1])


@pytest.mark.parametrize("wrong", [-0.1, 1.1])
def test_a_number_that_is_no_p_value_is_refused(wrong):
    with pytest.raises(ValueError, match="0-1"):
        holm_adjusted([0.5, wrong])

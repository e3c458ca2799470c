r"""Models trained on data that models wrote: what is lost, generation by generation, exactly.

Generation 0 learns a pmf p* over K categories (the next token in one context) from true samples.
Generation t gets n_t samples, each fresh from p* with probability alpha_t and from its
predecessor's estimate otherwise, and does not know which is which. Its expected squared error R_t
obeys an exact recurrence, `next_error`. In units of ``S = 1 - ||p*||^2`` it does not even depend on
p*; one over it is the *effective size*, the number of true samples that the model is worth.

`expected_error` gives R_t exactly and `simulate` runs the loop; both take one plan (p*, alpha_t,
n_t) and one *strategy*: `Replace`, `Aggregate`, `Average`, `Weigh` or `Filter`. `effective_size`,
`price` and `least_size` say where errors settle and what holds them; `PowerLaw` draws the phase
diagram of fresh data that get rarer. `expected_sum` knows the law of each category exactly: which
are alive, and how much entropy is left. `simulate_gaussian` and `simulate_bigram` run the same
loop with other models, `gaussian_moments` and `expected_bigram_error` are their exact theory.
`mean_errors`, `local_errors`, `drift_limit`, `smoothed_errors` and `kernel_errors` are what is
known of other learners, which `dlmbook.families` runs. `sweep` spreads many runs over cores or a
cluster.

Part III of the book tells the story. Statements: ``recurrence``, ``fixed-point``, ``absorption``,
``lifetime``, ``improvement``, ``consistency``, ``phase-diagram``, ``aggregation``, ``filtration``,
``weighting``, ``best-step``, ``gaussian``, ``gaussian-collapse``, ``bigram``,
``two-moments``, ``mean-value``, ``local-loop``, ``self-consistent``, ``bias-over-alpha``,
``affine-learner``, ``drift-compounds``, ``smooth-last``, ``read-alpha``, ``tuned-shrinkage``.
"""

from dlmbook.contamination.biases import (
    bias_bound,
    drift_limit,
    kernel_errors,
    smoothed_errors,
)
from dlmbook.contamination.bigram import expected_bigram_error, simulate_bigram
from dlmbook.contamination.categories import count_laws, expected_sum
from dlmbook.contamination.filtering import Filter
from dlmbook.contamination.gaussian import (
    GaussianFit,
    gaussian_limit,
    gaussian_moments,
    log_drift,
    log_variance,
    mean_error,
    simulate_gaussian,
    variance,
)
from dlmbook.contamination.learners import (
    least_share,
    local_errors,
    mean_errors,
    mean_size,
    memory,
)
from dlmbook.contamination.phases import Phase, PowerLaw
from dlmbook.contamination.reading import read_alpha, read_end
from dlmbook.contamination.settings import spread
from dlmbook.contamination.shrinkage import fit_spectrum, shrunk_errors, shrunk_price
from dlmbook.contamination.simulation import (
    Band,
    entropies,
    expected_error,
    record,
    simulate,
    squared_error,
    survivors,
)
from dlmbook.contamination.steady import (
    collapse_error,
    effective_size,
    least_size,
    next_error,
    price,
)
from dlmbook.contamination.strategies import (
    Aggregate,
    Average,
    Replace,
    Strategy,
    Weigh,
    debiased,
    weighted_size,
)
from dlmbook.contamination.sweep import sweep

__all__ = [
    "Aggregate",
    "Average",
    "Band",
    "Filter",
    "GaussianFit",
    "Phase",
    "PowerLaw",
    "Replace",
    "Strategy",
    "Weigh",
    "bias_bound",
    "collapse_error",
    "count_laws",
    "debiased",
    "drift_limit",
    "effective_size",
    "entropies",
    "expected_bigram_error",
    "expected_error",
    "expected_sum",
    "fit_spectrum",
    "gaussian_limit",
    "gaussian_moments",
    "kernel_errors",
    "least_share",
    "least_size",
    "local_errors",
    "log_drift",
    "log_variance",
    "mean_error",
    "mean_errors",
    "mean_size",
    "memory",
    "next_error",
    "price",
    "read_alpha",
    "read_end",
    "record",
    "shrunk_errors",
    "shrunk_price",
    "simulate",
    "simulate_bigram",
    "simulate_gaussian",
    "smoothed_errors",
    "spread",
    "squared_error",
    "survivors",
    "sweep",
    "variance",
    "weighted_size",
]

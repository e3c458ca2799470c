"""dlmbook: the code behind *Diffusion Language Models, from dependence to contamination*.

One formula runs through the first half of the book,

    E KL = <w, o>:

the increments ``w`` of the data's information curve, paired with the overshoot ``o`` of our
unmasking schedule. The package mirrors it: a *law* gives a *curve*, a *schedule* gives an
*overshoot*.

==================  =====================================================================
`information`       entropy, divergence, total and dual total correlation of a joint pmf
`laws`              distributions over token sequences with exact entropies
`curve`             the information curve: Z, its increments w, TC, DTC
`schedules`         how many tokens to reveal at each step; the overshoot
`sampling`          run a sampler, or compute the law of its output exactly
`estimation`        what a masked model's own loss says about its data
`denoisers`         networks in the place of exact conditionals (needs torch)
`contamination`     models that train on what models wrote: exact recurrences, simulation
`families`          models of any kind behind `fit` and `sample`, for the same loop
`selftraining`      diffusion models that train on their own parallel samples, exactly
`budget`            what compute and fresh data buy in a loop
`experiments`       long computations and their stored results
`plots`             the look of the book's figures
`explore`           figures with sliders, live in a notebook and pre-rendered on a page
==================  =====================================================================

All entropies are in nats.
"""

__version__ = "0.1.0"

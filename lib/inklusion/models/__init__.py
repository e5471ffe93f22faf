"""The risk model: covariates in, out-of-fold probabilities inside, sums over groups out."""

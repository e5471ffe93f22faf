# Run in this folder: Rscript survey_scales.R. Writes survey_scales_answers.csv (made up) and survey_scales.csv.
suppressMessages({library(psych); library(lavaan)})
set.seed(11)
n <- 240; loading <- c(0.9, 0.7, 0.5, 0.8, 0.4, 0.6)
factor <- rnorm(n)
latent <- sapply(loading, function(l) l * factor + rnorm(n, sd = 0.8))
answers <- apply(latent, 2, function(x) as.integer(cut(x, c(-Inf, -1.4, -0.7, 0.1, 0.9, Inf))))
colnames(answers) <- paste0("q", seq_along(loading))
answers[cbind(sample(n, 20), sample(6, 20, TRUE))] <- NA
head_line <- paste0("# ", R.version.string, ", by survey_scales.R: ")
writeLines(paste0(head_line, "made-up answers 1-5, set.seed(11)"), "survey_scales_answers.csv")
suppressWarnings(write.table(answers, "survey_scales_answers.csv", append = TRUE, sep = ",", row.names = FALSE, quote = FALSE, na = ""))
complete <- as.data.frame(na.omit(answers))
a <- suppressWarnings(psych::alpha(complete, check.keys = FALSE))
ci <- psych::alpha.ci(a$total$raw_alpha, nrow(complete), ncol(complete), p.val = 0.05)
omega <- function(items) {
  k <- length(items)
  model <- paste0("f =~ ", paste0("l", 1:k, "*", items, collapse = " + "), "\n",
                  paste0(items, " ~~ e", 1:k, "*", items, collapse = "\n"), "\n",
                  "omega := (", paste0("l", 1:k, collapse = "+"), ")^2 / ((", paste0("l", 1:k, collapse = "+"), ")^2 + ",
                  paste0("e", 1:k, collapse = "+"), ")")
  fit <- cfa(model, complete, std.lv = TRUE, estimator = "ML", information = "expected")
  stopifnot(lavInspect(fit, "converged"))
  row <- subset(parameterEstimates(fit), op == ":=")
  margin <- qnorm(0.95) * row$se / (row$est * (1 - row$est))
  robust <- cfa(model, complete, std.lv = TRUE, estimator = "MLM", information = "expected")
  c(subset(parameterEstimates(robust), op == ":=")$se, row$est, row$se, plogis(qlogis(row$est) + c(-1, 1) * margin))
}
six <- omega(names(complete)); three <- omega(names(complete)[1:3])
row <- function(measure, value) data.frame(measure, value)
table <- rbind(
  row("n", nrow(complete)), row("alpha", a$total$raw_alpha), row("alpha_lower", ci$lower.ci), row("alpha_upper", ci$upper.ci),
  row(paste0(c("omega_robust_se", "omega", "omega_se", "omega_lower_90", "omega_upper_90"), "_6"), six),
  row(paste0(c("omega_robust_se", "omega", "omega_se", "omega_lower_90", "omega_upper_90"), "_3"), three),
  row(paste0("rest_", rownames(a$item.stats)), a$item.stats$r.drop),
  row(paste0("without_", rownames(a$alpha.drop)), a$alpha.drop$raw_alpha))
writeLines(paste0(head_line, "psych ", packageVersion("psych"), " alpha and alpha.ci (Feldt), complete rows; lavaan ", packageVersion("lavaan"),
                  " cfa (ML, expected information), omega with delta-method se, 90 % interval on the logit scale, robust se by MLM (robust.sem)"), "survey_scales.csv")
suppressWarnings(write.table(data.frame(measure = table$measure, value = sprintf("%.12f", table$value)), "survey_scales.csv", append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))

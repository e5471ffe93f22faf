# Run in this folder: Rscript calibration.R. Writes calibration_persons.csv (made up, with ties) and calibration.csv.
suppressMessages({library(rms); library(pROC)})
set.seed(3)
p <- round(plogis(rnorm(300, -1.5, 1.2)), 2)
p <- pmin(pmax(p, 0.01), 0.99)
y <- rbinom(300, 1, plogis(0.3 + 0.8 * qlogis(p)))
persons <- data.frame(outcome = y, probability = p)
head_line <- paste0("# ", R.version.string, ", by calibration.R: ")
writeLines(paste0(head_line, "made-up persons, set.seed(3)"), "calibration_persons.csv")
suppressWarnings(write.table(persons, "calibration_persons.csv", append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
val <- val.prob(p, y, pl = FALSE)
area <- suppressMessages(ci.auc(roc(y, p, direction = "<"), method = "delong", conf.level = 0.9))
table <- data.frame(
  measure = c("brier", "skill", "log_loss", "area", "lower_90", "upper_90", "intercept", "slope", "in_the_large"),
  value = c(val[["Brier"]], 1 - val[["Brier"]] / (mean(y) * (1 - mean(y))), -mean(dbinom(y, 1, p, log = TRUE)), area[2], area[1], area[3],
            coef(glm(y ~ qlogis(p), family = binomial, epsilon = 1e-14)),
            coef(glm(y ~ offset(qlogis(p)), family = binomial, epsilon = 1e-14))))
stopifnot(abs(val[["C (ROC)"]] - area[2]) < 1e-9, abs(val[["Intercept"]] - table$value[7]) < 1e-6, abs(val[["Slope"]] - table$value[8]) < 1e-6)
writeLines(paste0(head_line, "rms ", packageVersion("rms"), " val.prob (Brier, C, Intercept, Slope agree with glm to 1e-6), pROC ",
                  packageVersion("pROC"), " ci.auc(method = \"delong\"), glm (line; offset), dbinom (log loss)"), "calibration.csv")
suppressWarnings(write.table(format(table, digits = 15), "calibration.csv", append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))

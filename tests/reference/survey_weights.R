# Run in this folder: Rscript survey_weights.R. Writes survey_respondents.csv (made up, with the weights found) and survey_weights.csv.
suppressMessages(library(survey))
options(survey.lonely.psu = "fail")
set.seed(17)
n <- 180
school <- sample(paste0("s", 1:18), n, TRUE)
sex <- sample(c("girl", "boy"), n, TRUE, c(0.6, 0.4))
grade <- sample(4:6, n, TRUE, c(0.5, 0.3, 0.2))
d <- round(runif(n, 4, 14), 1)
effect <- setNames(rnorm(18, sd = 0.3), paste0("s", 1:18))
y <- round(3.6 + 0.3 * (sex == "girl") - 0.1 * (grade - 5) + effect[school] + rnorm(n, sd = 0.5), 2)
low <- as.integer(y < 3.2)
part <- ifelse(runif(n) < 0.15, NA, y)
people <- data.frame(school, sex, grade, d, y, low, part, one = 1, cell = paste(sex, grade), N = 1500, M = 60)
cells <- data.frame(cell = c("boy 4", "boy 5", "boy 6", "girl 4", "girl 5", "girl 6"), Freq = c(260, 250, 240, 255, 250, 245))
sexes <- data.frame(sex = c("boy", "girl"), Freq = c(750, 750)); grades <- data.frame(grade = 4:6, Freq = c(515, 500, 485))
people$sex <- factor(people$sex); people$grade <- factor(people$grade); people$cell <- factor(people$cell)
simple <- svydesign(ids = ~1, data = people, fpc = ~N)
infinite <- svydesign(ids = ~1, data = people, weights = ~one)
based <- svydesign(ids = ~school, data = people, weights = ~d)
drawn <- svydesign(ids = ~school, data = people, weights = ~d, fpc = ~M)
control <- list(maxit = 1000, epsilon = 1e-13, verbose = FALSE)
margins <- c(`(Intercept)` = 1500, sexgirl = 750, grade5 = 500, grade6 = 485)
design <- list(
  simple = simple, infinite = infinite, clusters = based, "clusters, finite" = drawn,
  post = postStratify(simple, ~cell, cells), "post, clusters" = postStratify(based, ~cell, cells),
  rake = rake(simple, list(~sex, ~grade), list(sexes, grades), control),
  "raking, clusters, finite" = calibrate(drawn, ~ sex + grade, margins, calfun = "raking", epsilon = 1e-13, maxit = 200))
# rake() and calibrate() agree on the weights where both start from the same ones.
both <- rake(drawn, list(~sex, ~grade), list(sexes, grades), control)
stopifnot(max(abs(weights(both) / weights(design[["raking, clusters, finite"]]) - 1)) < 1e-9)
rows <- do.call(rbind, lapply(names(design), function(name) do.call(rbind, lapply(c("y", "low", "part"), function(what) {
  m <- svymean(reformulate(what), design[[name]], na.rm = TRUE)
  ci <- if (what == "low") attr(svyciprop(~low, design[[name]], method = "beta"), "ci") else c(NA, NA)
  data.frame(design = name, what, mean = coef(m)[[1]], se = sqrt(vcov(m)[[1]]), degrees = degf(design[[name]]), lower = ci[[1]], upper = ci[[2]])
}))))
heavy <- trimWeights(design[["raking, clusters, finite"]], upper = 2.4 * 1500 / n, lower = 0.35 * 1500 / n)
stopifnot(max(weights(heavy)) <= 2.4 * 1500 / n + 1e-9)  # one round was enough
out <- data.frame(people[c("school", "sex", "grade", "cell", "d", "y", "low", "part")], post = weights(design$post),
                  post_based = weights(design[["post, clusters"]]), rake = weights(design$rake),
                  raking_based = weights(design[["raking, clusters, finite"]]), trimmed = weights(heavy))
head_line <- paste0("# ", R.version.string, ", by survey_weights.R: ")
digits <- function(table) { number <- sapply(table, is.double); table[number] <- lapply(table[number], function(x) ifelse(is.na(x), "", sprintf("%.12g", x))); table }
write_table <- function(table, file, what) {
  writeLines(paste0(head_line, what), file)
  suppressWarnings(write.table(digits(table), file, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE, na = ""))
}
used <- paste0("survey ", packageVersion("survey"))
write_table(out, "survey_respondents.csv", paste0("made-up pupils, set.seed(17); weights by ", used, " postStratify, rake, calibrate, trimWeights"))
rows$design <- paste0('"', rows$design, '"')
write_table(rows, "survey_weights.csv", paste0(used, " svymean and svyciprop(method = beta), after postStratify, rake and calibrate(raking)"))

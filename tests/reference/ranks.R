# Run in this folder: Rscript ranks.R. Writes ranks.csv with base R.
# Data: mean travel time to work, minutes, of the 50 states and the District of Columbia, American Community Survey 2011
# (U.S. Census Bureau, public domain): estimate and 90 % margin of error, one decimal, as in Klein, Wright and Wieczorek
# (2020), J. R. Statist. Soc. C 69:589-606, and TravelTime2011.1dec of RankingProject 0.4.0. The package is not needed.
write_table <- function(table, file, what) {
  writeLines(paste0("# ", R.version.string, ", base R only, by ranks.R: ", what), file)
  suppressWarnings(write.table(format(table, digits = 15), file, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
}
state <- c("SD", "ND", "WY", "NE", "MT", "AK", "IA", "KS", "ID", "OK", "AR", "NM", "UT", "WI", "VT", "OR", "KY", "MN", "OH",
           "MO", "RI", "NC", "ME", "IN", "SC", "MS", "AL", "NV", "MI", "TN", "LA", "CO", "TX", "AZ", "CT", "DE", "WA", "WV",
           "HI", "FL", "PA", "NH", "GA", "CA", "VA", "MA", "IL", "DC", "NJ", "NY", "MD")
minutes <- c(16.9, 16.9, 18.1, 18.1, 18.2, 18.4, 18.8, 18.9, 19.7, 21.1, 21.3, 21.4, 21.6, 21.9, 21.9, 22.5, 22.9, 23, 23.1,
             23.1, 23.4, 23.4, 23.4, 23.5, 23.6, 23.9, 23.9, 24.1, 24.1, 24.2, 24.5, 24.5, 24.8, 24.8, 25, 25.3, 25.5, 25.6,
             25.7, 25.8, 25.9, 26.9, 27.1, 27.1, 27.7, 28, 28.2, 30.1, 30.5, 31.5, 32.2)
margin <- c(0.5, 0.6, 0.8, 0.3, 0.5, 0.5, 0.2, 0.3, 0.4, 0.2, 0.4, 0.4, 0.3, 0.2, 0.5, 0.3, 0.2, 0.2, 0.1, 0.2, 0.5, 0.2, 0.4,
            0.2, 0.3, 0.4, 0.2, 0.4, 0.2, 0.2, 0.2, 0.3, 0.1, 0.2, 0.3, 0.6, 0.2, 0.5, 0.4, 0.2, 0.1, 0.5, 0.3, 0.1, 0.2, 0.2,
            0.2, 0.5, 0.2, 0.2, 0.2)
k <- length(minutes)
error <- margin / qnorm(0.95)
z <- qnorm(1 - (1 - 0.9^(1 / k)) / 2)
low <- minutes - z * error
high <- minutes + z * error
first <- sapply(1:k, function(i) 1 + sum(high < low[i]))
last <- sapply(1:k, function(i) k - sum(low > high[i]))
# The article's figure 1: limits rounded to one decimal, and touching intervals told apart.
drawn_low <- round(low, 1)
drawn_high <- round(high, 1)
drawn_first <- sapply(1:k, function(i) 1 + sum(round(10 * drawn_high) <= round(10 * drawn_low[i])))
drawn_last <- sapply(1:k, function(i) k - sum(round(10 * drawn_low) >= round(10 * drawn_high[i])))
travel <- data.frame(set = "travel", unit = state, estimate = minutes, standard_error = error, numerator = NA,
                     denominator = NA, lower = low, upper = high, rank_lower = first, rank_upper = last,
                     drawn_lower = drawn_low, drawn_upper = drawn_high, drawn_rank_lower = drawn_first,
                     drawn_rank_upper = drawn_last)

# Shares of twelve made-up units, joint confidence 0.95, Wilson limits of prop.test without correction.
x <- c(3, 0, 41, 150, 120, 18, 100, 1900, 60, 55, 33, 610)
n <- c(91, 60, 900, 1100, 3100, 420, 4200, 39000, 180, 1500, 410, 11000)
k <- length(x)
limit <- sapply(1:k, function(i) suppressWarnings(prop.test(x[i], n[i], conf.level = 0.95^(1 / k), correct = FALSE)$conf.int))
shares <- data.frame(set = "shares", unit = letters[1:k], estimate = x / n, standard_error = NA, numerator = x,
                     denominator = n, lower = limit[1, ], upper = limit[2, ],
                     rank_lower = sapply(1:k, function(i) 1 + sum(limit[2, ] < limit[1, i])),
                     rank_upper = sapply(1:k, function(i) k - sum(limit[1, ] > limit[2, i])),
                     drawn_lower = NA, drawn_upper = NA, drawn_rank_lower = NA, drawn_rank_upper = NA)
write_table(rbind(travel, shares), "ranks.csv",
            "qnorm and prop.test; pairs compared one by one; drawn_ as figure 1 of Klein, Wright and Wieczorek (2020)")

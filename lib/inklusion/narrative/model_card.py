"""Sentences about the risk model: what it is, how well it predicts, for whom less well, and what it must not decide."""

import pandas as pd

from inklusion.blocks import Block, Gap, bullets, paragraphs
from inklusion.danish import count_word, listing, percent
from inklusion.disclosure.release import Released
from inklusion.narrative.marks import marked
from inklusion.narrative.risk import members
from inklusion.narrative.wording import ends, is_shown, pick, share, side, value

_ALL, _BARE = "alle oplysninger", "uden lokal praksis"
_KINDS = {"logistic": "logistisk regression", "boosting": "beslutningstræer (gradient boosting)"}
_NO_CARD = Gap("Udgaven har ikke noget modelkort.")
# Slopes that a reader may take as 1: predictions neither too extreme nor too cautious.
_GOOD_SLOPE = (0.95, 1.05)
_CHANCE = 0.5
_SCORE, _DISTRICTS, _SCHOOLS = "efter score", "hele distrikter", "hele skoler"
_CHOSEN = 15


@marked
def model_purpose(card: Released) -> Block | Gap:
    """How much the model rests on, and which of the candidates was chosen."""
    table = card.table
    rows, covariates = pick(table, measure="rows"), pick(table, measure="covariates")
    losses = table[(table["measure"] == "log_loss") & table["group"].str.startswith(f"{_ALL}: ")]
    if rows is None or covariates is None or losses.empty:
        return _NO_CARD
    chosen = losses[losses["note"] == "valgt"].iloc[0]
    others = losses[losses["group"] != chosen["group"]]
    choice = f"Den er lavet med {_kind(chosen)}, og log-tabet er {value(chosen)}."
    if len(others):
        rest = listing(f"{_kind(row)} med log-tab {value(row)}" for _, row in others.iterrows())
        choice = (
            f"Den valgte model er {_kind(chosen)} med log-tab {value(chosen)}. Alternativet var {rest}. Jo mindre tab, desto "
            "bedre gætter modellen på kommuner, den ikke har set."
        )
    text = f"Modellen bygger på {value(rows)} rækker ({rows['note']}) og {value(covariates)} oplysninger om hver elev."
    return Block(paragraphs(text, choice))


def _kind(row: pd.Series) -> str:
    kind = str(row["group"]).rpartition(": ")[2]
    return _KINDS.get(kind, kind)


@marked
def model_discrimination(card: Released) -> Block | Gap:
    """How well the model tells pupils apart, and whether it beats always saying the country's share."""
    base, area, brier, skill = (_of(card, name) for name in ("base_rate", "auc", "brier", "brier_skill"))
    if base is None or area is None or brier is None or skill is None:
        return _NO_CARD
    if area["lower"] > _CHANCE:
        ranking = f"AUC er {value(area)} (95 %-interval {ends(area)}), hvor 0,5 svarer til at gætte og 1 til aldrig at tage fejl."
    else:
        ranking = f"AUC er {value(area)} (95 %-interval {ends(area)}) og kan ikke skelnes fra at gætte, som giver 0,5."
    if skill["estimate"] > 0:
        gain = f"Det er bedre end altid at svare med landets andel: gevinsten er {value(skill)}, hvor 1 er fejlfrit."
    else:
        gain = f"Det er ikke bedre end altid at svare med landets andel: gevinsten er {value(skill)}."
    accuracy = (
        "Vi viser ingen træfsikkerhed i procent. Når så få elever er i specialtilbud, har en model, der altid siger nej, "
        "næsten altid ret."
    )
    return Block(
        paragraphs(
            f"I hele landet er {percent(base['estimate'], int(base['decimals']))} af eleverne i specialtilbud.",
            f"{ranking} Brier-scoren er {value(brier)}. {gain}",
            accuracy,
        )
    )


@marked
def model_calibration(card: Released) -> Block | Gap:
    """Whether estimated probabilities match what happened, overall and in tenths."""
    slope, mean, base = (_of(card, name) for name in ("calibration_slope", "mean_predicted", "base_rate"))
    large, intercept = _of(card, "calibration_in_the_large"), _of(card, "calibration_intercept")
    if slope is None or mean is None or base is None or large is None or intercept is None:
        return _NO_CARD
    low, high = _GOOD_SLOPE
    if slope["estimate"] < low:
        verdict = (
            "Den er mindre end 1, så de beregnede sandsynligheder er for yderlige: høje er for høje og lave for lave."
        )
    elif slope["estimate"] > high:
        verdict = (
            "Den er større end 1, så de beregnede sandsynligheder er for forsigtige og ligger for tæt på hinanden."
        )
    else:
        verdict = "Det er tæt på 1, som det skal være."
    missed = [place for place, inside in _hits(card.table, "tiendedel ").items() if not inside]
    tenths = (
        f"I {count_word(len(missed))} af de ti tiendedele ligger den beregnede andel uden for intervallet om den observerede."
        if missed
        else "I alle tiendedele ligger den beregnede andel inden for intervallet om den observerede."
    )
    return Block(
        paragraphs(
            f"I gennemsnit beregner modellen {_percentage(mean)} Observeret er {_percentage(base)}",
            f"Hældningen er {value(slope)}. {verdict} Skæringen er {value(intercept)} og afvigelsen i niveau {value(large)} på "
            "logit-skalaen, hvor 0 er bedst.",
            tenths,
        )
    )


@marked
def model_practice(card: Released) -> Block | Gap:
    """What the model loses without covariates that may be results of local practice."""
    full, bare = _of(card, "auc"), _of(card, "auc", _BARE)
    if full is None or bare is None:
        return _NO_CARD
    if bare["upper"] < full["lower"]:
        verdict = "Modellen skelner altså dårligere uden dem."
    elif bare["lower"] > full["upper"]:
        verdict = "Modellen skelner altså bedre uden dem."
    else:
        verdict = "Intervallerne rækker ind over hinanden, så modellen klarer sig lige godt uden dem."
    return Block(
        paragraphs(
            f"Med alle oplysninger er AUC {value(full)} ({ends(full)}). Uden de oplysninger, der kan være et resultat af lokal "
            f"praksis, er den {value(bare)} ({ends(bare)}). {verdict}",
            "En bedre forudsigelse er ikke nødvendigvis en bedre norm. En diagnose kan være stillet, fordi kommunen krævede den "
            "for at give et tilbud, og så forudsiger modellen kommunens egen praksis. Derfor vises begge.",
        )
    )


@marked
def model_subgroups(card: Released) -> Block | Gap:
    """For which groups the mean probability is too high, too low or right."""
    found: dict[int, list[str]] = {1: [], -1: [], 0: []}
    for group, (predicted, observed) in _pairs(card.table, "").items():
        if ": " in group:
            found[-side(observed, predicted["estimate"])].append(members(group))
    if not any(found.values()):
        return Gap("Udgaven har intet modelkort for grupper af elever.")
    words = {
        0: "Modellen rammer niveauet (den beregnede andel ligger i intervallet om den observerede)",
        1: "Modellen regner for højt",
        -1: "Modellen regner for lavt",
    }
    items = [f"{text}: {listing(found[place])}." for place, text in words.items() if found[place]]
    wrong = found[1] + found[-1]
    closing = (
        "For de grupper, hvor niveauet er forkert, er den forventede andel det også, og det smitter af på steder med mange "
        "elever fra gruppen."
        if wrong
        else ""
    )
    return Block(bullets(items) + "\n" + paragraphs(closing))


@marked
def model_categories(card: Released) -> Block | Gap:
    """Which category of covariates the model would miss the most."""
    losses = card.where(measure="category_log_loss").table
    losses = losses.dropna(subset=["estimate"]).sort_values("estimate", ascending=False, kind="stable")
    if losses.empty:
        return Gap("Udgaven viser ikke, hvad hver slags oplysning betyder for modellen.")
    useful, useless = losses[losses["estimate"] > 0], losses[losses["estimate"] <= 0]
    sentences = []
    if len(useful):
        first = useful.iloc[0]
        sentences.append(
            f"Modellen taber mest, når den ikke kan bruge oplysningerne om {first['group']}: log-tabet vokser med {value(first)}."
        )
    if len(useful) > 1:
        last = useful.iloc[-1]
        sentences.append(f"Den taber mindst uden {last['group']}, hvor tabet vokser med {value(last)}.")
    if len(useless):
        sentences.append(f"Den taber ikke noget uden {listing(useless['group'])}.")
    sentences.append(
        "Tallene viser, hvad modellen har gavn af. De viser ikke årsager: en kategori kan stå for noget, som en anden også rummer."
    )
    return Block(paragraphs(" ".join(sentences)))


@marked
def model_left_out(card: Released) -> Block | Gap:
    """Which rows the folds leave out, and how much relatives widen the intervals."""
    dropped, effect = (pick(card.table, measure=name) for name in ("dropped_rows", "families_effect"))
    if dropped is None or effect is None:
        return _NO_CARD
    out = (
        f"Når en kommune skal regnes, er {_percentage(dropped)} af træningsrækkerne taget ud. Det er rækker om elever, der selv "
        "eller gennem søskende også findes i de kommuner, der skal regnes."
        if dropped["estimate"] > 0
        else "Ingen træningsrækker er taget ud, for ingen elev eller søskende findes i flere af kommunerne."
    )
    wider = (
        f"Elever og søskende, der tæller flere gange, gør tallene mindre sikre. Derfor er variansen ganget med {value(effect)}."
        if effect["estimate"] > 1
        else "Elever og søskende, der tæller flere gange, gør ikke tallene mindre sikre her."
    )
    return Block(paragraphs(out, wider))


@marked
def reached_need(released: Released) -> Block | Gap:
    """What choosing whole districts or schools reaches of later need, against choosing pupils by score."""
    table = released.where(measure="reached").table
    rows = {way: pick(table, group=f"{way}: {_CHOSEN} pct. af eleverne") for way in (_SCORE, _DISTRICTS, _SCHOOLS)}
    known = {way: row for way, row in rows.items() if row is not None and is_shown(row)}
    if len(known) < len(rows):
        return Gap("Udgaven kan ikke sammenligne valg af skoler med valg efter score: det kræver to skoleår i træk.")
    words = {_SCORE: "elever efter score", _DISTRICTS: "hele skoledistrikter", _SCHOOLS: "hele skoler"}
    items = [f"Vælger man {words[way]}, når man {share(row)} af det senere behov." for way, row in known.items()]
    lead = f"Når {_CHOSEN} pct. af almeneleverne bliver valgt ud, når et tilfældigt valg {_CHOSEN} pct. af det senere behov."
    return Block(paragraphs(lead) + "\n" + bullets(items) + "\n" + paragraphs(_meaning(known)))


def _meaning(known: dict[str, pd.Series]) -> str:
    """What follows from the three intervals: a score is only better when its whole interval lies above."""
    score = known[_SCORE]
    places = [known[way] for way in (_DISTRICTS, _SCHOOLS)]
    works = [row for row in places if row["lower"] > _CHOSEN]
    chance = (
        "Et valg af hele skoler eller distrikter når flere end et tilfældigt valg."
        if works
        else "Et valg af hele skoler eller distrikter når ikke sikkert flere end et tilfældigt valg."
    )
    if all(row["upper"] < score["lower"] for row in places):
        return (
            f"{chance} Et valg efter score når endnu flere, men det ville give hvert barn et tal, og det må modellen ikke bruges "
            "til. Sammenligningen viser, hvad der er at vinde og tabe, og er ikke et forslag om at vælge elever."
        )
    if any(row["lower"] > score["upper"] for row in places):
        return f"{chance} Hele skoler eller distrikter når mere end et valg efter score, så der er intet at vinde ved en score."
    return (
        f"{chance} Et valg efter score når ikke sikkert flere end det bedste af de to, så der er ingen gevinst, der kan veje op for "
        "at give børn et tal."
    )


def _of(card: Released, measure: str, group: str = _ALL) -> pd.Series | None:
    row = pick(card.table, measure=measure, group=group)
    return row if is_shown(row) else None


def _percentage(row: pd.Series) -> str:
    return percent(row["estimate"], int(row["decimals"]))


def _pairs(table: pd.DataFrame, prefix: str) -> dict[str, tuple[pd.Series, pd.Series]]:
    """Predicted and observed share of each group that has both."""
    found = {}
    for _, predicted in table[(table["measure"] == "predicted") & table["group"].str.startswith(prefix)].iterrows():
        observed = pick(table, measure="share", group=predicted["group"])
        if observed is not None and is_shown(observed) and is_shown(predicted):
            found[str(predicted["group"])] = (predicted, observed)
    return found


def _hits(table: pd.DataFrame, prefix: str) -> dict[str, bool]:
    """Whether each group's predicted share lies in the interval around the observed."""
    return {
        group: not side(observed, predicted["estimate"])
        for group, (predicted, observed) in _pairs(table, prefix).items()
    }

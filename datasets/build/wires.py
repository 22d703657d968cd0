"""Writes news wires on Reuters' 46 topics: as uneven as the real ones, with words that the topics share.

A wire is a chain of words: everyday ones, some of its own topic, some of another one, numbers with their
units, and invented names of companies. A few carry the label of another topic, as real ones do.
"""

from __future__ import annotations

import numpy as np
from words import NEUTRAL, NOUNS, VERBS, Drawer, names, past, plural

# Wires on each topic in Reuters' training part, and words of the topic.
TOPICS = """
cocoa 55 cocoa beans buffer icco ghana ivory coast harvest
grain 432 grain crop tonnes harvest usda barley shipment acreage
veg-oil 74 palm oil soyoil rapeseed refined olein tonnes malaysia
earn 3159 shr net loss profit revs qtr cts vs dividend record
acq 1949 acquire shares merger stake bid tender offer buyout holders
wheat 17 wheat bushels winter subsidy tonnes export millers
copper 48 copper mine smelter cathode lb zambia chile
housing 16 housing starts homes permits units mortgage
money-supply 139 m1 m2 supply money fed aggregates seasonally
coffee 101 coffee quota ico bags brazil producers arabica
sugar 124 sugar beet raw white intervention cane refinery
trade 390 trade deficit tariffs imports exports surplus retaliation gatt
reserves 49 reserves foreign central holdings gold currency
ship 172 vessel port strike tanker cargo seamen gulf
cotton 26 cotton bales ginning upland acreage
carcass 20 meat beef carcass hormone slaughter pork
crude 444 crude opec barrel oil bpd output wells refinery
nat-gas 39 gas pipeline natural cubic feet field
cpi 66 consumer prices inflation index annual rose
money-fx 549 dollar yen intervention currency bundesbank liquidity stg
interest 269 rate prime discount lending bank cut points
gnp 100 gnp growth gross product economy forecast
meal-feed 15 soymeal feed pellets protein cake tonnes
alum 41 aluminium smelter ingot bauxite alumina
oilseed 62 soybean rapeseed crushing sunflower oilseeds acreage
gold 92 gold ounce mine bullion ore grade
tin 24 tin atpc penang smelting council
strategic-metal 15 uranium titanium cobalt tungsten platinum
livestock 48 cattle hogs head feedlot slaughter
retail 19 retail sales stores department seasonally
ipi 45 industrial production output index manufacturing
iron-steel 39 steel iron ore mill tonnes blast
rubber 32 rubber inro buffer latex natural
heat 11 heating oil distillate gallon winter
jobs 50 unemployment jobless workforce payrolls labour
lei 10 leading indicators index composite
bop 49 current account payments balance deficit
zinc 19 zinc concentrate smelter lead price
orange 19 orange juice frozen concentrate florida
pet-chem 24 ethylene petrochemical plant polymer chemical
dlr 36 dollar selling intervened tokyo yen
gas 30 gasoline unleaded gallon stocks octane
silver 13 silver ounce mine bullion
wpi 21 wholesale prices producer index
hog 12 hogs pork pigs weight iowa
lead 18 lead smelter battery pound price
"""

COMMON = """
the of to a in and said for its it on from is by at with was year be that will an has as would were which
market company were officials government reported month week today quarter bank new last expected higher lower
due because also one about first prices total sources spokesman agreement following compared increase decline
under between
""".split()

UNITS = "mln dlrs pct billion cts vs tonnes".split()
COMPANIES = names(900, seed=11)
OTHERS = [*map(plural, NOUNS[:150]), *map(past, VERBS[:100]), *NEUTRAL[:100]]
MISLABELLED = 0.04


def topics() -> tuple[list[str], list[int], list[list[str]]]:
    """Return the topics' names, how many wires Reuters has on each, and their words."""
    lines = [line.split() for line in TOPICS.strip().splitlines()]
    return (
        [line[0] for line in lines],
        [int(line[1]) for line in lines],
        [line[2:] for line in lines],
    )


def wire(draw: Drawer, topic: int, words: list[list[str]]) -> list[str]:
    """Return one wire on a topic."""
    earnings = 3  # these are short
    length = draw.random.lognormal(3.1 if topic == earnings else 3.9, 0.6)
    other = draw.random.randint(len(words))
    found = []
    for _ in range(int(np.clip(length, 12, 300))):
        kind = draw.random.rand()
        if kind < 0.10:
            found.append(draw.even(words[topic]))
        elif kind < 0.14:
            found.append(draw.even(words[other]))
        elif kind < 0.22:
            found += [str(draw.random.randint(1, 500)), draw.even(UNITS)]
        elif kind < 0.30:
            found.append(draw.one(COMPANIES))
        elif kind < 0.42:
            found.append(draw.one(OTHERS))
        else:
            found.append(draw.one(COMMON))
    return found


def wires(count: int, seed: int) -> tuple[list[list[str]], list[int]]:
    """Return about `count` wires as lists of words, and their topics' numbers."""
    draw = Drawer(seed)
    _, real, words = topics()
    counts = np.maximum(4, np.rint(np.array(real) / sum(real) * count).astype(int))
    labels = np.repeat(np.arange(len(real)), counts)
    draw.random.shuffle(labels)
    found = [wire(draw, label, words) for label in labels]
    wrong = draw.random.rand(len(labels)) < MISLABELLED
    shown = np.where(wrong, draw.random.permutation(labels), labels)
    return found, shown.tolist()

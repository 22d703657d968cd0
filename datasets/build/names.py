"""What the drawings of CIFAR's things are called in the sets of emoji."""

from __future__ import annotations

_TEN = """
airplane: airplane small-airplane airplane-departure airplane-arrival
automobile: automobile oncoming-automobile sport-utility-vehicle taxi oncoming-taxi racing-car
automobile: police-car oncomingautomobile oncomingtaxi
bird: bird eagle owl duck dove parrot swan rooster chicken penguin black-bird blackbird goose
bird: flamingo babychick doveofpeace baby-chick
cat: cat cat-face black-cat grinning-cat catside kissing-cat cat-face-with-wry-smile
deer: deer moose
dog: dog dog-face poodle guide-dog service-dog dogside
frog: frog frog-face
horse: horse horse-face horseface
ship: ship passenger-ship ferry motor-boat sailboat speedboat
truck: delivery-truck articulated-lorry fire-engine deliverytruck articulatedlorry fireengine
truck: ambulance
"""

# Only those whose drawings are called otherwise than the class.
_HUNDRED = """
apple: red-apple green-apple redapple greenapple
aquarium_fish: tropical-fish tropicalfish
baby: baby
bear: bear bear-face polar-bear bearface
bee: honeybee bee
beetle: beetle lady-beetle ladybeetle
bottle: baby-bottle bottle-with-popping-cork babybottle sake
bowl: bowl-with-spoon steaming-bowl green-salad pot-of-food steamingbowl
boy: boy boy-medium boy-dark
bridge: bridge-at-night bridgeatnight
bus: bus oncoming-bus trolleybus oncomingbus
camel: camel two-hump-camel bactriancamel dromedarycamel
can: canned-food
castle: castle japanese-castle europeancastle japanesecastle
caterpillar: bug
cattle: cow ox water-buffalo waterbuffalo
chimpanzee: monkey
clock: mantelpiece-clock alarm-clock alarmclock one-oclock seven-oclock
couch: couch-and-lamp
cup: hot-beverage teacup-without-handle cup-with-straw teacup hotbeverage
dinosaur: sauropod t-rex
flatfish: fish
forest:
girl: girl girl-medium girl-dark
hamster: hamster hamster-face hamsterface
house: house house-with-garden housebuilding housewithgarden
lamp: light-bulb diya-lamp red-paper-lantern electriclightbulb
leopard: leopard
lion: lion lion-face
lizard: lizard
man: man man-beard man-medium man-dark
maple_tree: maple-leaf mapleleaf
motorcycle: motorcycle motor-scooter racingmotorcycle
mountain: mountain snow-capped-mountain mount-fuji volcano
mouse: mouse mouse-face rat
oak_tree: deciduous-tree deciduoustree
orange: tangerine
orchid: cherry-blossom hibiscus cherryblossom
pickup_truck: pickup-truck
pine_tree: evergreen-tree evergreentree
plate: fork-and-knife-with-plate
poppy:
porcupine: hedgehog
rabbit: rabbit rabbit-face rabbitface
raccoon: raccoon
road: motorway
rose: rose
sea: water-wave waterwave
seal: seal
skyscraper: office-building officebuilding
spider: spider
squirrel: chipmunk
streetcar: tram tram-car tramcar
sweet_pepper: bell-pepper
table:
telephone: telephone telephone-receiver blacktelephone
tiger: tiger tiger-face tigerface
train: locomotive train steamlocomotive high-speed-train
trout:
turtle: turtle
whale: whale spouting-whale spoutingwhale
wolf: wolf wolf-face wolfface
woman: woman woman-medium woman-dark
worm: worm
"""

_FINE = """
apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly
camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile
cup dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp
lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree
orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum
rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider
squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor train
trout tulip turtle wardrobe whale willow_tree wolf woman worm
"""

# The group of each of CIFAR-100's classes.
COARSE = [
    int(group)
    for group in """
4 1 14 8 0 6 7 7 18 3 3 14 9 18 7 11 3 9 7 11 6 11 5 10 7 6 13 15 3 15 0 11 1 10 12 14 16 9 11 5 5
19 8 8 15 13 14 17 18 10 16 4 17 4 2 0 17 4 18 17 10 3 2 12 12 16 12 1 9 19 2 10 0 1 16 12 9 13 15
13 16 19 2 4 6 19 5 5 8 19 18 1 2 15 6 0 17 8 14 13
""".split()
]


def _table(text: str) -> dict[str, list[str]]:
    """Return the names in lines "thing: name name"; a thing may have several lines."""
    found: dict[str, list[str]] = {}
    for line in text.strip().splitlines():
        thing, _, names = line.partition(":")
        found.setdefault(thing, []).extend(names.split())
    return found


TEN = _table(_TEN)


def hundred() -> dict[str, list[str]]:
    """Return the names of drawings of each of CIFAR-100's things; some have none."""
    special = _table(_HUNDRED)
    return {
        thing: special.get(thing, [thing.replace("_", "-"), thing.replace("_", "")])
        for thing in _FINE.split()
    }

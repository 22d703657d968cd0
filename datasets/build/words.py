"""The words that the synthetic texts are made of, and how often each is drawn."""

from __future__ import annotations

import numpy as np


class Drawer:
    """Draws words, the first of each list most often (Zipf's law)."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.RandomState(seed)
        self._ends: dict[int, np.ndarray] = {}

    def one(self, words: list[str]) -> str:
        """Return one word of a list: the r-th by a law like Zipf's, 1 / (r + a)."""
        if len(words) not in self._ends:
            chances = 1 / (np.arange(len(words)) + 3 + len(words) / 15)
            self._ends[len(words)] = np.cumsum(chances / chances.sum())
        return words[
            min(int(self._ends[len(words)].searchsorted(self.random.rand())), len(words) - 1)
        ]

    def even(self, words: list[str]) -> str:
        """Return one word of a list, each with the same chance."""
        return words[self.random.randint(len(words))]

    def chance(self, p: float) -> bool:
        """Return True with a probability."""
        return self.random.rand() < p


def names(count: int, seed: int) -> list[str]:
    """Return invented names of people and places, two or three syllables long."""
    random = np.random.RandomState(seed)
    starts = "ba be bo bra da de do fe fi ga go gre ha hen jo ka ke kor la le lin ma mar mo na ne o"
    starts += " pa per ra ro sa sel ta ti tor va vi wal wen yo za"
    middles = "bi da do la le li lo ma mi na ne ni ra ri ro sa ta te to va vi"
    ends = (
        "ck den der dorf ford ges ham kin land ler ley lin mann mer mond n nell r ris rov s sen sky"
    )
    ends += " son th ton tti ville win"
    lists = [part.split() for part in (starts, middles, ends)]
    found: dict[str, None] = {}
    while len(found) < count:
        start, middle, end = (part[random.randint(len(part))] for part in lists)
        found[start + (middle if random.rand() < 0.6 else "") + end] = None
    return list(found)


def a(words: str) -> str:
    """Return words with their article."""
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"


def plural(noun: str) -> str:
    """Return the plural of a noun."""
    if noun.endswith(("s", "x", "ch", "sh")):
        return noun + "es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


def third(verb: str) -> str:
    """Return what he or she does."""
    return plural(verb)


def past(verb: str) -> str:
    """Return what a regular verb was."""
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ied"
    return verb + "ed"


def gerund(verb: str) -> str:
    """Return a regular verb's form in -ing."""
    return (verb[:-1] if verb.endswith("e") and not verb.endswith("ee") else verb) + "ing"


GOOD = """
great wonderful good brilliant excellent superb beautiful moving funny charming clever perfect gripping
memorable fresh warm delightful convincing stunning touching witty lovely fine impressive thrilling
""".split()

BAD = """
bad awful terrible boring dull weak stupid poor clumsy predictable lifeless annoying tedious laughable
cheap wooden messy pointless forgettable silly ugly horrible lame dreadful shallow
""".split()

LIKED = "liked loved enjoyed admired adored".split()
DISLIKED = "hated disliked regretted despised loathed".split()

ASPECTS = """
acting story plot script music ending dialogue cast direction photography pace humor soundtrack opening
villain hero editing atmosphere setting scenery suspense romance finale camera idea
""".split()

DEGREES = "very really so truly quite rather pretty incredibly extremely absolutely simply".split()

GENRES = """
thriller comedy drama western musical documentary mystery romance sequel remake cartoon fantasy satire
tragedy adventure biography farce
""".split()

ROLES = """
detective teacher soldier nurse pilot singer robot princess farmer ghost lawyer painter thief
sailor student doctor king clown girl boy widow priest spy boxer dancer journalist cowboy monk
baker scientist orphan gangster judge captain queen wizard hunter writer butler driver gardener
fisherman waiter tailor barber actor banker burglar carpenter chemist clerk coach colonel cook
dentist diver drummer duchess duke emperor engineer explorer general giant governor guard guide
hermit hostage innkeeper inspector jeweller juggler knight librarian locksmith magician maid mayor
mechanic merchant miner miller minister murderer musician neighbor novelist officer orderly outlaw
patient photographer physicist pianist pirate plumber poet policeman porter postman president
prince prisoner professor rebel refugee reporter rider sculptor secretary senator servant shepherd
sheriff sister skater smuggler surgeon swimmer tenant tourist trader trainer traveller tutor twin
uncle vampire veteran victim visitor warden weaver witch witness wrestler zombie
""".split()

NOUNS = """
letter secret house village machine desert map storm diamond school island war town ship mountain
future river garden castle forest train family father mother brother friend dog horse gun car city
night road door window bridge church hospital hotel farm factory library market museum office
palace prison restaurant station street theater tower tunnel valley beach border camp cave coast
corner country court crowd dream enemy fire flag flight flood game ghost grave harbor heart jungle
key king lake lamp law lie lighthouse love medal memory mirror mission mistake monster moon murder
mask novel ocean painting paper party picture plan planet poem poison power promise race rain ring
rival robbery rocket roof rope ruin sea shadow shop sister snow song soldier star stranger sword
table tale teacher temple throne ticket tiger time tree treasure trial trick truth uncle victory
violin voice voyage wall watch water wedding winter wish wood word world accident airport album
ambush angel apple army arrow attic bag ball band bank baby balcony bargain barn barrel basement
basket battle bear bell bicycle bill bird blanket boat body bomb bone book bottle box bracelet
breakfast bus cabin cage cake candle cannon carpet case cat cellar chain chair chase chest circle
circus clock cloud code coffin coin contract cottage crime crown cup curse curtain custom dagger
danger daughter debt desk diary dinner disease doll dragon dress drug duel egg engine envelope
escape exam fairy fall feast fence festival field fight file film finger flower fog fool fortune
fountain gate gift glass glove goat guest guitar hall hammer hand harvest hat heir hill hole
holiday home honor horn idol illness ink inn invention jail jewel job joke journey kingdom kiss
kitchen ladder language lawn lesson lift line lion list lock log
""".split()

VERBS = """
discover save love follow visit help kill marry remember destroy betray open enter watch protect
escape fear need attack burn carry chase climb cross defend deliver enjoy examine explore expect
fix gather guard hate haunt hunt inherit invent invite kick learn mention miss move notice obey
offer order own paint pass persuade photograph plant play poison promise punish pursue question
reach receive recover reject rent repair replace rescue respect return reveal reward rule sail
search serve share solve start study surround survive suspect touch trade train trust turn use want
warn waste welcome witness worship abandon accept accuse admire adopt answer arrange arrest avoid
bake bless borrow bribe bury capture challenge change claim clean collect command complete conceal
confess conquer consult copy cover create cure damage decorate deny describe desire despise
""".split()

NEUTRAL = """
old young little new small long lost secret dark strange rich poor blue red white black green quiet
famous foreign hidden hungry icy lonely lucky mad magic modern mysterious narrow noisy northern
orange pale proud royal russian sacred scottish silent silver single sleepy southern spanish spare
steep stone sudden tall thick thin tiny tired unknown urban vast violent wealthy western wet wide
wild wise wounded ancient american blind bold bright broken busy careful cold common curious daily
dangerous dead deaf distant double dusty early eastern electric elderly empty enormous evil
expensive fat final flat former french frozen german giant golden grey guilty happy heavy high
hollow holy huge idle immense innocent irish iron italian japanese jealous large lazy legal light
loud low
""".split()

WAYS = """
slowly secretly suddenly finally quickly quietly happily sadly alone again together bravely
carefully calmly accidentally barely blindly boldly briefly constantly daily deeply eagerly easily
entirely eventually exactly fiercely firmly foolishly forever formally freely gently gladly
gradually greedily hardly hastily heavily honestly immediately innocently instantly jealously
kindly lately lazily loudly madly mainly merely mostly mysteriously nearly nervously never normally
obviously occasionally officially openly partly patiently perhaps politely possibly privately
promptly publicly rapidly rarely readily recently reluctantly repeatedly roughly safely seldom
seriously shortly silently soon sternly strictly swiftly tenderly tonight twice usually vainly
violently warmly wildly willingly wisely yearly
""".split()

PEOPLE = """
brother friend wife husband sister mother father neighbor boss teacher cousin uncle aunt colleague
dentist daughter son roommate grandmother grandfather nephew niece landlord barber
""".split()

TIMES = """
yesterday tonight recently twice today monday friday saturday sunday christmas january june october
december march august easter tuesday wednesday thursday april july september november february
""".split()

"""What the classes of the data sets are called, in English and Chinese."""

from __future__ import annotations


def _pairs(text: str) -> dict[str, tuple[str, ...]]:
    """Return the names in a text of lines "English = 中文"."""
    pairs = [line.split(" = ") for line in text.strip().splitlines()]
    return {
        "en": tuple(english.strip() for english, _ in pairs),
        "zh": tuple(chinese.strip() for _, chinese in pairs),
    }


def _row(text: str) -> str:
    """Return "a=b c=d" as lines."""
    return "\n".join(pair.replace("=", " = ") for pair in text.split())


CLASSES = {
    "mnist": _pairs(_row("0=零 1=一 2=二 3=三 4=四 5=五 6=六 7=七 8=八 9=九")),
    "fashion_mnist": _pairs(
        """
        T-shirt/top = T恤
        Trouser = 裤子
        Pullover = 套头衫
        Dress = 连衣裙
        Coat = 外套
        Sandal = 凉鞋
        Shirt = 衬衫
        Sneaker = 运动鞋
        Bag = 包
        Ankle boot = 短靴
        """
    ),
    "cifar10": _pairs(
        _row(
            "airplane=飞机 automobile=汽车 bird=鸟 cat=猫 deer=鹿 dog=狗 frog=青蛙 horse=马 ship=船 truck=卡车"
        )
    ),
    "cifar100": _pairs(
        _row(
            """
            apple=苹果 aquarium_fish=观赏鱼 baby=婴儿 bear=熊 beaver=河狸
            bed=床 bee=蜜蜂 beetle=甲虫 bicycle=自行车 bottle=瓶子
            bowl=碗 boy=男孩 bridge=桥 bus=公共汽车 butterfly=蝴蝶
            camel=骆驼 can=罐头 castle=城堡 caterpillar=毛毛虫 cattle=牛
            chair=椅子 chimpanzee=黑猩猩 clock=时钟 cloud=云 cockroach=蟑螂
            couch=沙发 crab=螃蟹 crocodile=鳄鱼 cup=杯子 dinosaur=恐龙
            dolphin=海豚 elephant=大象 flatfish=比目鱼 forest=森林 fox=狐狸
            girl=女孩 hamster=仓鼠 house=房子 kangaroo=袋鼠 keyboard=键盘
            lamp=灯 lawn_mower=割草机 leopard=豹 lion=狮子 lizard=蜥蜴
            lobster=龙虾 man=男人 maple_tree=枫树 motorcycle=摩托车 mountain=山
            mouse=老鼠 mushroom=蘑菇 oak_tree=橡树 orange=橙子 orchid=兰花
            otter=水獭 palm_tree=棕榈树 pear=梨 pickup_truck=皮卡 pine_tree=松树
            plain=平原 plate=盘子 poppy=罂粟花 porcupine=豪猪 possum=负鼠
            rabbit=兔子 raccoon=浣熊 ray=鳐鱼 road=道路 rocket=火箭
            rose=玫瑰 sea=海 seal=海豹 shark=鲨鱼 shrew=鼩鼱
            skunk=臭鼬 skyscraper=摩天大楼 snail=蜗牛 snake=蛇 spider=蜘蛛
            squirrel=松鼠 streetcar=有轨电车 sunflower=向日葵 sweet_pepper=甜椒 table=桌子
            tank=坦克 telephone=电话 television=电视机 tiger=老虎 tractor=拖拉机
            train=火车 trout=鳟鱼 tulip=郁金香 turtle=乌龟 wardrobe=衣柜
            whale=鲸鱼 willow_tree=柳树 wolf=狼 woman=女人 worm=蠕虫
            """
        )
    ),
    "imdb": _pairs(_row("negative=差评 positive=好评")),
    "reuters": _pairs(
        _row(
            """
            cocoa=可可 grain=谷物 veg-oil=植物油 earn=公司收益 acq=公司收购
            wheat=小麦 copper=铜 housing=住房 money-supply=货币供应 coffee=咖啡
            sugar=糖 trade=贸易 reserves=外汇储备 ship=航运 cotton=棉花
            carcass=肉类 crude=原油 nat-gas=天然气 cpi=消费者物价指数 money-fx=外汇
            interest=利率 gnp=国民生产总值 meal-feed=饲料 alum=铝 oilseed=油籽
            gold=黄金 tin=锡 strategic-metal=战略金属 livestock=牲畜 retail=零售
            ipi=工业生产指数 iron-steel=钢铁 rubber=橡胶 heat=取暖油 jobs=就业
            lei=先行经济指标 bop=国际收支 zinc=锌 orange=橙汁 pet-chem=石化产品
            dlr=美元 gas=汽油 silver=白银 wpi=批发物价指数 hog=生猪
            lead=铅
            """
        )
    ),
}

# CIFAR-100's groups, and the group of each of its classes.
COARSE = _pairs(
    """
    aquatic_mammals = 水生哺乳动物
    fish = 鱼
    flowers = 花
    food_containers = 食品容器
    fruit_and_vegetables = 水果和蔬菜
    household_electrical_devices = 家用电器
    household_furniture = 家具
    insects = 昆虫
    large_carnivores = 大型食肉动物
    large_man-made_outdoor_things = 大型户外人造物
    large_natural_outdoor_scenes = 大型户外自然景观
    large_omnivores_and_herbivores = 大型杂食和草食动物
    medium_mammals = 中型哺乳动物
    non-insect_invertebrates = 非昆虫无脊椎动物
    people = 人
    reptiles = 爬行动物
    small_mammals = 小型哺乳动物
    trees = 树木
    vehicles_1 = 车辆（一）
    vehicles_2 = 车辆（二）
    """
)

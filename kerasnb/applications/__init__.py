"""Well-known networks for pictures, with the layers, names and weights that Keras gives them."""

from . import imagenet_utils as imagenet_utils
from .densenet import DenseNet121 as DenseNet121
from .densenet import DenseNet169 as DenseNet169
from .densenet import DenseNet201 as DenseNet201
from .inception_resnet_v2 import InceptionResNetV2 as InceptionResNetV2
from .inception_v3 import InceptionV3 as InceptionV3
from .mobilenet import MobileNet as MobileNet
from .mobilenet_v2 import MobileNetV2 as MobileNetV2
from .nasnet import NASNetLarge as NASNetLarge
from .nasnet import NASNetMobile as NASNetMobile
from .resnet import ResNet101 as ResNet101
from .resnet import ResNet152 as ResNet152
from .resnet50 import ResNet50 as ResNet50
from .resnet_v2 import ResNet50V2 as ResNet50V2
from .resnet_v2 import ResNet101V2 as ResNet101V2
from .resnet_v2 import ResNet152V2 as ResNet152V2
from .vgg16 import VGG16 as VGG16
from .vgg19 import VGG19 as VGG19
from .xception import Xception as Xception

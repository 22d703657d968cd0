"""The same models as a PyTorch user writes them, each with its optimizer.

A model ends in logits, because the losses want them. Images are in channels_last, the layout that
is fastest on a CPU; the optimizers are the fused ones where PyTorch has them for a CPU.
"""

from torch import nn, optim


def mlp():
    model = nn.Sequential(
        nn.Linear(784, 512),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(512, 512),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(512, 10),
    )
    return model, optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9)


def mlp_small():
    model = nn.Sequential(
        nn.Linear(20, 64),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(64, 64),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(64, 10),
    )
    return model, optim.SGD(model.parameters(), lr=0.01, momentum=0.9, nesterov=True, fused=True)


def mnist_cnn():
    model = nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.25),
        nn.Flatten(),
        nn.Linear(9216, 128),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(128, 10),
    )
    return model, optim.Adadelta(model.parameters(), lr=1.0, rho=0.95)


def vgg_like():
    model = nn.Sequential(
        nn.Conv2d(3, 32, 3),
        nn.ReLU(),
        nn.Conv2d(32, 32, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.25),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.Conv2d(64, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.25),
        nn.Flatten(),
        nn.Linear(22 * 22 * 64, 256),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(256, 10),
    )
    return model, optim.SGD(model.parameters(), lr=0.01, momentum=0.9, nesterov=True, fused=True)


def imdb_lstm():
    model = nn.Sequential(
        nn.Embedding(20000, 128),
        nn.LSTM(128, 128, batch_first=True),
        LastStep(),
        nn.Linear(128, 1),
    )
    return model, optim.Adam(model.parameters(), fused=True)


def stacked_lstm():
    model = nn.Sequential(
        nn.LSTM(16, 32, num_layers=3, batch_first=True),
        LastStep(),
        nn.Linear(32, 10),
    )
    return model, optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9)


def conv1d():
    model = nn.Sequential(
        nn.Conv1d(100, 64, 3),
        nn.ReLU(),
        nn.Conv1d(64, 64, 3),
        nn.ReLU(),
        nn.MaxPool1d(3),
        nn.Conv1d(64, 128, 3),
        nn.ReLU(),
        nn.Conv1d(128, 128, 3),
        nn.ReLU(),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Dropout(0.5),
        nn.Linear(128, 1),
    )
    return model, optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9)


def resnet():
    model = nn.Sequential(
        Block(), Block(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10)
    )
    return model, optim.Adam(model.parameters(), fused=True)


def empty():
    model = nn.Sequential(nn.Linear(1, 1))
    return model, optim.SGD(model.parameters(), lr=0.01, fused=True)


class LastStep(nn.Module):
    """Take the output of an LSTM's last step."""

    def forward(self, outputs):
        return outputs[0][:, -1]


class Block(nn.Module):
    """Two convolutions, and a way around them."""

    def __init__(self):
        super().__init__()
        self.first, self.second = (nn.Conv2d(16, 16, 3, padding="same") for _ in range(2))
        self.norms = nn.ModuleList(nn.BatchNorm2d(16) for _ in range(2))
        self.relu = nn.ReLU()

    def forward(self, x):
        y = self.relu(self.norms[0](self.first(x)))
        return self.relu(x + self.norms[1](self.second(y)))

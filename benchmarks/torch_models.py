"""The workloads as a PyTorch user writes them: model, loss and optimizer.

A model ends in logits, because cross_entropy wants them. Convolutions run in channels_last, the
layout that is fastest on a CPU.
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

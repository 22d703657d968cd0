"""How wide, how long? scikit-learn's search over models, inside of a pipeline."""

import numpy as np
from keras.layers import Dense
from keras.models import Sequential
from keras.wrappers.scikit_learn import KerasClassifier, KerasRegressor
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

np.random.seed(0)
x = 50 + 20 * np.random.randn(240, 4)
y = (x[:, 0] * x[:, 1] > 2500).astype(int)


def make_model(units=4, optimizer="adam"):
    model = Sequential()
    model.add(Dense(units, activation="relu", input_dim=4))
    model.add(Dense(1, activation="sigmoid"))
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"])
    return model


classifier = KerasClassifier(make_model, batch_size=16, verbose=0)
grid = {"units": [1, 16], "epochs": [1, 25]}
search = GridSearchCV(classifier, grid, cv=3)
search.fit((x - x.mean(0)) / x.std(0), y)
assert search.best_params_ == {"units": 16, "epochs": 25}, search.best_params_
assert search.best_score_ > 0.8

whole = make_pipeline(StandardScaler(), KerasClassifier(make_model, units=16, epochs=25, verbose=0))
assert whole.fit(x, y).score(x, y) > 0.8


def make_regressor():
    model = Sequential([Dense(1, input_dim=4)])
    model.compile("adam", "mse")
    return model


regressor = make_pipeline(StandardScaler(), KerasRegressor(make_regressor, epochs=40, verbose=0))
scores = cross_val_score(regressor, x, x @ [1.0, -1, 0, 2] / 50, cv=3)
assert len(scores) == 3 and np.all(np.isfinite(scores))

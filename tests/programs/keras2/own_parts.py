"""Parts of one's own: layer, initializer, regularizer, constraint, metric, callback; saved whole."""

import numpy as np
from keras import backend as K
from keras.callbacks import Callback, LearningRateScheduler
from keras.constraints import Constraint
from keras.initializers import Initializer
from keras.layers import Dense, Input, Layer
from keras.models import Model, load_model
from keras.regularizers import Regularizer
from keras.utils import CustomObjectScope

np.random.seed(0)


class Half(Initializer):
    def __call__(self, shape, dtype=None):
        return K.constant(0.5, shape=shape, dtype=dtype)


class Pull(Regularizer):
    def __init__(self, strength=0.01):
        self.strength = K.cast_to_floatx(strength)

    def __call__(self, x):
        return self.strength * K.sum(K.square(x - 1))

    def get_config(self):
        return {"strength": float(self.strength)}


class AtMostTwo(Constraint):
    def __call__(self, w):
        return K.minimum(w, 2.0)


class Scaled(Layer):
    def __init__(self, units, **kwargs):
        self.units = units
        super().__init__(**kwargs)

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel",
            shape=(input_shape[1], self.units),
            initializer=Half(),
            regularizer=Pull(),
            constraint=AtMostTwo(),
        )
        super().build(input_shape)

    def call(self, x):
        return K.dot(x, self.kernel)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.units)

    def get_config(self):
        return dict(super().get_config(), units=self.units)


def largest_error(y_true, y_pred):
    return K.max(K.abs(y_true - y_pred))


class Rates(Callback):
    def on_train_begin(self, logs=None):
        self.rates = []

    def on_epoch_end(self, epoch, logs=None):
        self.rates.append(float(K.get_value(self.model.optimizer.lr)))


x = np.random.randn(200, 3)
y = x @ np.array([[1.0], [3.0], [-1.0]])
inputs = Input(shape=(3,))
model = Model(inputs, Dense(1, kernel_initializer="ones")(Scaled(1)(inputs)))
model.compile("sgd", "mse", metrics=[largest_error])
rates = Rates()
schedule = LearningRateScheduler(lambda epoch: 0.05 / (1 + epoch))
model.fit(x, y, epochs=3, callbacks=[schedule, rates], verbose=0)
np.testing.assert_allclose(rates.rates, [0.05, 0.025, 0.05 / 3], rtol=1e-6)
assert model.layers[1].get_weights()[0].max() <= 2
model.save("own.h5")
with CustomObjectScope({"Scaled": Scaled, "largest_error": largest_error}):
    again = load_model("own.h5")
np.testing.assert_allclose(again.predict(x), model.predict(x), rtol=1e-5)

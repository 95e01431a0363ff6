"""LSTM surrogates of the spheroid: data, architectures, training, prediction, evaluation."""

"""Keras layers. Importing this package registers them, so that saved models that hold them can be loaded."""

from compactvid.layers.activation_quantizer import ActivationQuantizer
from compactvid.layers.circulant_dense import CirculantDense
from compactvid.layers.circulant_mixture_of_experts import CirculantMixtureOfExperts
from compactvid.layers.context_gating import ContextGating
from compactvid.layers.deep_bag_of_frames import DeepBagOfFrames
from compactvid.layers.float16_storage import float16_storage
from compactvid.layers.frame_pooling import FramePooling
from compactvid.layers.gru_gates import GRUGates
from compactvid.layers.int8_storage import INT8_LAYERS
from compactvid.layers.lstm_gates import LSTMGates
from compactvid.layers.mapped_rnn import MappedRNN
from compactvid.layers.mixture_of_experts import MixtureOfExperts
from compactvid.layers.net_fv import NetFV
from compactvid.layers.netvlad import NetVLAD
from compactvid.layers.quantized_conv2d import QuantizedConv2D
from compactvid.layers.tensor_train_dense import TensorTrainDense
from compactvid.layers.tensor_train_rnn import TensorTrainGRU, TensorTrainLSTM

__all__ = [
    "INT8_LAYERS",
    "ActivationQuantizer",
    "CirculantDense",
    "CirculantMixtureOfExperts",
    "ContextGating",
    "DeepBagOfFrames",
    "FramePooling",
    "GRUGates",
    "LSTMGates",
    "MappedRNN",
    "MixtureOfExperts",
    "NetFV",
    "NetVLAD",
    "QuantizedConv2D",
    "TensorTrainDense",
    "TensorTrainGRU",
    "TensorTrainLSTM",
    "float16_storage",
]

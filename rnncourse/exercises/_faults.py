"""What several sheets say of the same mistake, and the edits that they share."""

from rnncourse.checks.slip import Edit


def careless_sigmoid(line: str) -> Edit:
    """From the line that begins so, the logistic function is e^a / (1 + e^a): infinity over infinity for a large a."""
    return line, f"sigmoid = lambda a: np.exp(a) / (1 + np.exp(a))\n    {line}"


TANH_FOR_GATES = "the gates go through tanh. A gate lies between 0 and 1: the logistic function."
SIGN_TURNED = "the logistic function has its sign turned: 1 / (1 + e^-a), with the minus."
R_TRANSPOSED = "R is transposed here and must not be: forward multiplies by R.T, so backward multiplies by R."
W_TRANSPOSED = "W is transposed here and must not be: forward multiplies by W.T, so backward multiplies by W."
DR_OF_NEW_STATE = "dR uses h, the new state; R multiplied h_prev, the old one."
DB_PER_ROW = "db keeps one gradient for each row; b is shared by the rows, so sum over them."
DB_OVER_UNITS = "db is summed over the units; sum over the batch, axis 0."
IN_DOUBLE = "np.zeros, np.empty and np.array make float64 unless told otherwise: keep the dtype of the arguments."
OVERFLOW = (
    "exp overflows: e^a / (1 + e^a) is infinity over infinity for a large a. Write the logistic function as "
    "1 / (1 + e^-a), which stays finite."
)
MEAN_FOR_SUM = (
    "this is the mean over the batch where the sum belongs. Every row uses the weights, so every row's gradient "
    "counts in full; if a mean is wanted, the loss divides, and the gradient that arrives carries it already."
)
SLOPE_WITHOUT_SQUARE = "the slope is taken as 1 - h; the slope of tanh is 1 - h²."
LOGISTIC_SLOPE = "h (1 - h) is the slope of the logistic function. For tanh it is 1 - h²."
CHANGED_PLACES = "dx_t and dh_prev have changed places."
BIAS_MISSING = "the bias b is missing."
BIAS_TWICE = "the bias b is added twice."
TANH_MISSING = "the tanh is missing."
TANH_OF_EACH_PART = "each part went through its own tanh: add the three first; tanh comes once, on the sum."
STATE_NOT_USED = "the state h_prev is not used."
INPUT_NOT_USED = "the input x_t is not used."
LAST_STATE_ONLY = "only the last state is returned; all T are asked for."
READ_BACKWARDS = "the sequence is read from its end to its beginning."
STATES_IN_A_LIST = "the states are in a list; make it an array."

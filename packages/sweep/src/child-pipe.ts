/** Number of the open file on which the program of a cell tells the sweep how much memory it held. */
export const toldOn = 3;

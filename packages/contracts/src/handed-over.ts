/**
 * How the names of files below `<root>/downloads` begin that `slipway image load` hands over to the puller. The command
 * deletes its file; the puller deletes those of killed commands.
 */
export const handedOverPrefix = 'load-';

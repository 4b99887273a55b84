/** The executor's behaviour differs from the contract. */
export class Unexpected extends Error {}

/** A check that cannot be made here, and why. */
export class CannotCheck extends Error {}

export { type CodeFacts, errorCodes, type ErrorCode, type GrpcCode } from './codes.js';
export { cutText } from './cut-text.js';
export { isSlipwayError, readDescription, SlipwayError, type SlipwayErrorOptions, toSlipwayError } from './error.js';

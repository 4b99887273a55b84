export { type CodeFacts, errorCodes, type ErrorCode, grpcCodes, type GrpcCode } from './codes.js';
export { cutText, maxErrorBytes } from './cut-text.js';
export { isSlipwayError, readDescription, SlipwayError, type SlipwayErrorOptions, toSlipwayError } from './error.js';

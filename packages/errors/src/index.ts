export { errorCodes, type ErrorCode, grpcCodes, type GrpcCode } from './codes.js';
export { isSlipwayError, SlipwayError, type SlipwayErrorOptions, toSlipwayError } from './error.js';

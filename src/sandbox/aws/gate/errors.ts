/** A refusal in AWS's words: what the caller gets to see, and what the ledger keeps. */
export class AwsError extends Error {
  /** The error's code as the wire says it: 'NotFoundException', in Query 'SignatureDoesNotMatch'. */
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** 400: the input or the state does not allow it. */
export function badRequest(message: string): AwsError {
  return new AwsError('BadRequestException', 400, message);
}

/** 404: the identity, set, tenant or resource is not there. */
export function notFound(message: string): AwsError {
  return new AwsError('NotFoundException', 404, message);
}

/** 400: it is there already. */
export function alreadyExists(message: string): AwsError {
  return new AwsError('AlreadyExistsException', 400, message);
}

/** 400: the mail is refused, for its content or for an address that is not verified. */
export function messageRejected(message: string): AwsError {
  return new AwsError('MessageRejected', 400, message);
}

/** 429: too fast, or too much for today. */
export function tooManyRequests(message: string): AwsError {
  return new AwsError('TooManyRequestsException', 429, message);
}

/** 403: IAM or a tenant does not let this caller do it. */
export function accessDenied(message: string): AwsError {
  return new AwsError('AccessDeniedException', 403, message);
}

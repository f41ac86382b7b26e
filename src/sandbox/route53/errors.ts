import { AwsError } from '../aws/gate/errors.ts';

/** 400: a batch that is refused as a whole, with everything that is wrong with it. */
export class InvalidChangeBatch extends AwsError {
  readonly messages: readonly string[];

  constructor(messages: readonly string[]) {
    super('InvalidChangeBatch', 400, `[${messages.join(', ')}]`);
    this.messages = messages;
  }
}

/** 400: input that is not of the API's shape. */
export function invalidInput(message: string): AwsError {
  return new AwsError('InvalidInput', 400, message);
}

/** 404 */
export function noSuchHostedZone(id: string): AwsError {
  return new AwsError('NoSuchHostedZone', 404, `No hosted zone found with ID: ${id}`);
}

/** 400: another change of the zone is still being made. */
export function priorRequestNotComplete(): AwsError {
  return new AwsError(
    'PriorRequestNotComplete',
    400,
    'The request was rejected because Route 53 was still processing a prior request.',
  );
}

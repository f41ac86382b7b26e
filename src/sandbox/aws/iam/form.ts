import { AwsError } from '../gate/errors.ts';

/** The values of `name.member.1`, `name.member.2` … in their order. */
export function members(form: URLSearchParams, name: string): string[] {
  const values: string[] = [];
  for (let n = 1; form.has(`${name}.member.${n}`); n += 1) values.push(form.get(`${name}.member.${n}`) ?? '');
  return values;
}

/** A parameter that must be there and fit. `says`: what IAM says of one that does not fit. @throws AwsError ValidationError */
export function readText(form: URLSearchParams, name: string, fits: RegExp, says?: string): string {
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  const value = form.get(name);
  if (value === null) throw wrong(`Value null at '${member}' failed to satisfy constraint: Member must not be null`);
  if (fits.test(value)) return value;
  throw says === undefined
    ? wrong(
        `Value '${value}' at '${member}' failed to satisfy constraint: Member must satisfy regular expression pattern: ${fits.source}`,
      )
    : new AwsError('ValidationError', 400, says);
}

/** The name of a user that a call is about: letters, digits and +=,.@_- up to 64. @throws AwsError ValidationError */
export function readUserName(form: URLSearchParams): string {
  return readText(
    form,
    'UserName',
    /^[\w+=,.@-]{1,64}$/,
    'The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-',
  );
}

/** A page of XML members with IsTruncated and Marker, as every list of IAM has them. @throws AwsError ValidationError */
export function pageOf(form: URLSearchParams, element: string, items: readonly string[]): string {
  const most = Number(form.get('MaxItems') ?? 100);
  if (!Number.isInteger(most) || most < 1 || most > 1000) throw wrong('MaxItems must be between 1 and 1000');
  const from = form.has('Marker') ? Number(form.get('Marker')) : 0;
  if (!Number.isInteger(from) || from < 0 || from > items.length) throw wrong('Invalid Marker.');
  const next = from + most;
  const more = next < items.length;
  return (
    `<IsTruncated>${more}</IsTruncated>${more ? `<Marker>${next}</Marker>` : ''}` +
    `<${element}>${items.slice(from, next).join('')}</${element}>`
  );
}

/** 400: the input is not what IAM can work with. */
export function invalidInput(message: string): AwsError {
  return new AwsError('InvalidInput', 400, message);
}

/** 400: a parameter breaks its constraint. */
export function wrong(message: string): AwsError {
  return new AwsError('ValidationError', 400, `1 validation error detected: ${message}`);
}

/** 404: the user, policy or key is not there. */
export function noSuchEntity(message: string): AwsError {
  return new AwsError('NoSuchEntity', 404, message);
}

/** 409: one more would be too many. */
export function limitExceeded(message: string): AwsError {
  return new AwsError('LimitExceeded', 409, message);
}

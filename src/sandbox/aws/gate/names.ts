import { z } from 'zod';
import { badRequest } from './errors.ts';

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/** Whether a text is a domain name of at least two labels in ASCII (U-labels must come as Punycode). */
export function isDomain(text: string): boolean {
  const labels = text.split('.');
  return text.length <= 253 && labels.length >= 2 && labels.every((label) => LABEL.test(label));
}

/** Whether a text is an address with an ASCII local part and a domain. */
export function isAddress(text: string): boolean {
  const at = text.lastIndexOf('@');
  return at > 0 && at <= 64 && /^[!-?A-~]+$/.test(text.slice(0, at)) && isDomain(text.slice(at + 1));
}

/** An identity's name as SES keeps it: the domain in lower case, a local part as given. @throws AwsError BadRequestException */
export function readIdentityName(text: string): string {
  if (text.includes('@')) {
    if (text.length > 320 || !isAddress(text)) throw badRequest(`Invalid email address<${text}>.`);
    const at = text.lastIndexOf('@');
    return text.slice(0, at) + text.slice(at).toLowerCase();
  }
  if (!isDomain(text)) throw badRequest(`Invalid domain name ${text}.`);
  return text.toLowerCase();
}

/** The domain of an identity's name or of an address, in lower case. */
export function domainOf(name: string): string {
  return name.slice(name.lastIndexOf('@') + 1).toLowerCase();
}

/** Name of a configuration set, tenant or destination: 1-64 of [A-Za-z0-9_-]. */
export const resourceName = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);

/** Tags: at most 50, key 1-128, value 0-256, AWS's characters, no reserved prefix, no key twice. */
export const tagsSchema = z
  .array(
    z.object({
      Key: z
        .string()
        .regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u)
        .refine((key) => !key.toLowerCase().startsWith('aws:'), { error: 'must not begin with aws:' }),
      Value: z.string().regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u),
    }),
  )
  .max(50)
  .refine((tags) => new Set(tags.map(({ Key }) => Key)).size === tags.length, { error: 'must not hold a key twice' });

/** Members that every list call has: PageSize 1-1000 and an opaque token. */
export const pageSchema = { PageSize: z.number().int().min(1).max(1000).optional(), NextToken: z.string().optional() };

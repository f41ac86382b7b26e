import { Problem } from '../../../core/problem.ts';

/** Where mail servers hand mail to SES in one region. */
export interface SmtpEndpoint {
  readonly host: string;
  readonly port: number;
}

/**
 * The endpoint of a region: STARTTLS at port 587 of AWS's own, or what stands for it (`overrides`: 'us-east-1=127.0.0.1:2525').
 * Throws a Problem for a region that the overrides leave out: part of a set-up would be play and part of it earnest.
 * Source: AWS General Reference, "Amazon Simple Email Service endpoints and quotas".
 */
export function smtpEndpoint(region: string, overrides: readonly string[] = []): SmtpEndpoint {
  if (overrides.length === 0) return { host: `email-smtp.${region}.amazonaws.com`, port: 587 };
  for (const override of overrides) {
    const [, name, host = '', port] = /^([a-z0-9-]+)=([^\s=]+):(\d+)$/.exec(override) ?? [];
    if (name === undefined)
      throw new Problem('input', 'ses.smtp-endpoint', `MAILWRIGHT_SES_SMTP: "${override}" is not REGION=HOST:PORT.`);
    if (name === region) return { host, port: Number(port) };
  }
  throw new Problem('input', 'ses.smtp-endpoint', `MAILWRIGHT_SES_SMTP names no endpoint for ${region}.`, {
    fix: 'Add REGION=HOST:PORT for it (a sandbox opens one with POST /control/aws/smtp), or unset it to use AWS’s own.',
  });
}

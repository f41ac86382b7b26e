import { parseAddress } from '../core/address.ts';
import type { Check } from '../core/checks/check.ts';
import type { DomainSpec } from '../core/domain-spec.ts';
import { Problem, toProblem } from '../core/problem.ts';
import type { RunReport } from '../core/report.ts';
import type { SendTestNeeds } from './needs.ts';

/** What became of one region's test message. `forecast` is what published records and SES's state promise; a verdict is the receiver's. */
export interface Sent {
  readonly region: string;
  readonly to: string;
  readonly messageId?: string;
  readonly verdict?: { readonly spf: string; readonly dkim: string; readonly dmarc: string };
  readonly forecast?: { readonly spf: string; readonly dkim: string; readonly dmarc: string };
  readonly error?: { readonly code: string; readonly message: string; readonly fix?: string };
}

/** Sends one message through each region and says what the receiver found, or what the records promise where nobody can be asked. */
export async function sendTest(
  spec: DomainSpec,
  recipient: string,
  report: RunReport,
  needs: SendTestNeeds,
): Promise<Sent[]> {
  const to = parseAddress(recipient, '--send-test').address;
  const from = `mailwright-test@${spec.domain}`;
  return Promise.all(
    (spec.ses?.regions ?? []).map((region) =>
      sendOne(region, { from, to, spec, checks: report.checks as Check[] }, needs),
    ),
  );
}

async function sendOne(
  region: string,
  test: { from: string; to: string; spec: DomainSpec; checks: readonly Check[] },
  needs: SendTestNeeds,
): Promise<Sent> {
  const { from, to, spec, checks } = test;
  try {
    const { messageId } = await needs.send(region, {
      from,
      to,
      subject: `Mailwright test of ${spec.domain} through ${region}`,
      text: `This message was sent by Mailwright through Amazon SES in ${region} to show that ${spec.domain} can send.\n`,
      ...(spec.ses?.tenant ? { tenant: spec.ses.tenant } : {}),
    });
    const verdict = await needs.verdict?.(messageId, from);
    return { region, to, messageId, ...(verdict ? { verdict } : { forecast: forecast(region, checks) }) };
  } catch (error) {
    return { region, to, error: refusal(toProblem(error), region, to, checks).toJSON() };
  }
}

/** SES's word for an unverified recipient is about identities; what it means in a sandbox account is another sentence. */
function refusal(problem: Problem, region: string, to: string, checks: readonly Check[]): Problem {
  const sandboxed = checks.some(
    (check) => check.id === 'ses.account-sandbox' && check.region === region && check.status === 'failed',
  );
  if (problem.code !== 'ses.MessageRejected' || !sandboxed) return problem;
  return new Problem(
    'failed',
    'ses.sandbox-recipient',
    `SES ${region} is in the sandbox and does not write to ${to}: the address is not verified there.`,
    {
      fix: `Verify ${to} in ${region}, send to success@simulator.amazonses.com, or ask AWS for production access.`,
    },
  );
}

/** What receivers should find, as far as published records and SES tell: not a receiver's word. */
function forecast(region: string, checks: readonly Check[]): { spf: string; dkim: string; dmarc: string } {
  const ok = (id: Check['id']) => {
    const found = checks.filter((check) => check.id === id && (check.region === undefined || check.region === region));
    return found.length > 0 && found.every((check) => check.status === 'ok');
  };
  const dkim = ok('ses.dkim') && ok('dkim.cname');
  const spf = ok('ses.mail-from') && ok('mail-from.spf');
  return {
    dkim: dkim ? 'pass' : 'none',
    spf: spf ? 'pass' : 'pass for amazonses.com, not aligned',
    dmarc: !ok('dmarc.record') ? 'none' : dkim || spf ? 'pass' : 'fail',
  };
}

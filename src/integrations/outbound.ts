import type { DomainSpec } from '../core/domain-spec.ts';
import { Problem } from '../core/problem.ts';
import type { Findings, Resource } from '../core/resource.ts';
import { credentialsOf, type SmtpCredential } from '../core/smtp-credentials.ts';

/** What stands in the way of the mail that our own hosts send. */
export interface OutboundState {
  /** Why the passwords for SES can't be used. */
  readonly problem?: Problem;
}

/** What looking at outbound mail stands on. */
export interface OutboundNeeds {
  /** Reads a file of SMTP passwords. Throws a Problem for one that can't be used. */
  readonly readCredentials: (path: string) => Promise<readonly SmtpCredential[]>;
}

/** Outbound mail, as far as it is no host's own affair: whether there are passwords for every region. The hosts themselves are changed by who keeps them. */
export function openOutbound({ readCredentials }: OutboundNeeds): Resource<DomainSpec, OutboundState> {
  return {
    name: 'outbound',
    async read({ outbound, ses }) {
      if (outbound?.by !== 'ses') return {};
      try {
        credentialsOf(outbound.credentials, await readCredentials(outbound.credentials), ses?.regions ?? []);
        return {};
      } catch (error) {
        if (error instanceof Problem) return { problem: error };
        throw error;
      }
    },
    plan: planOutbound,
    revert: () => ({ changes: [], left: [] }),
    async apply() {},
  };
}

/** What is to be cleared up before mail can leave as the profile says. Pure. */
export function planOutbound(spec: DomainSpec, { problem }: OutboundState): Findings {
  if (!problem) return {};
  const { code, message, fix } = problem;
  return {
    conflicts: [{ code, system: 'outbound', name: spec.domain, message, fix: fix ?? 'Correct it, then run again.' }],
    partial: true,
  };
}

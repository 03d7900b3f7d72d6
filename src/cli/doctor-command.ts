import { describeFailure } from '../describe-failure.ts';
import type { Outcome, Shell } from './command-line.ts';
import { createChecks } from './doctor-checks.ts';
import { runChecks } from './doctor-rules.ts';
import type { Finding } from './doctor-rules.ts';

/** Runs every check, and changes nothing. */
export async function examine(shell: Shell): Promise<Outcome> {
  const { checks, close } = createChecks(shell);
  let findings: Finding[];
  try {
    findings = await runChecks(checks, explain);
  } finally {
    await close();
  }
  const failed = findings.filter(({ status }) => status === 'fail').length;
  const widest = Math.max(...findings.map(({ name }) => name.length));
  const line = ({ name, status, what }: Finding) => `${status.padEnd(4)}  ${name.padEnd(widest)}  ${what}`;
  return {
    text: findings.map(line).join('\n'),
    document: { is_healthy: failed === 0, checks: findings },
    complaint: failed === 0 ? undefined : `${failed} of ${findings.length} checks failed`,
  };
}

function explain(err: unknown): string {
  return describeFailure(err, 'the check') ?? (err instanceof Error ? err.message : 'unknown error');
}

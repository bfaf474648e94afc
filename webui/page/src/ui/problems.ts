/** What went wrong, in words: the server's own sentence where it sent one. */

export function wordsOf(problem: unknown): string {
  return problem instanceof Error ? `${problem.message.replace(/\.$/, '')}.` : 'That did not work.';
}

/** Does some work; the words of what went wrong, or null. */
export async function problemOf(work: () => Promise<void>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (problem) {
    return wordsOf(problem);
  }
}

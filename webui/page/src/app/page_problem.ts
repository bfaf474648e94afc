/** Something that stands in the way of the whole page. */
export interface PageProblem {
  readonly sentence: string;
  readonly advice: string;
}

/** Only a fresh link helps. */
export const SIGNED_OUT: PageProblem = {
  sentence: 'This page is no longer signed in.',
  advice: 'Open Whimbrel again from its icon, or with the link that it prints when it starts.',
};

/** The server is not running, or not yet. */
export const AWAY: PageProblem = {
  sentence: "Whimbrel's server is not answering.",
  advice: 'Start Whimbrel again; this page goes on by itself.',
};

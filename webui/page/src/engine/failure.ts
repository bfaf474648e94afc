/** The Error that every failed picture or model ends in: a stage, a code, and two sentences for people. */

import type { FailureCode, FailureDetail, FailureStage } from './types';

export class RecognitionFailure extends Error implements FailureDetail {
  readonly stage: FailureStage;
  readonly code: FailureCode;
  readonly sentence: string;
  readonly advice: string;

  constructor(detail: FailureDetail, cause?: unknown) {
    super(detail.sentence, { cause });
    this.name = 'RecognitionFailure';
    this.stage = detail.stage;
    this.code = detail.code;
    this.sentence = detail.sentence;
    this.advice = detail.advice;
  }
}

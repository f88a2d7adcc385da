interface Asked {
  readonly from: string;
  readonly to: string;
  readonly sample: number;
}

/** What an answer says of how it was made. */
export const basisOf = ({ from, to, sample }: Asked) => ({
  window: { from: new Date(from).toISOString(), to: new Date(to).toISOString() },
  sampled: sample > 1,
  sample_factor: sample,
});

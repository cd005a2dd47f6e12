/** Says what has failed, with a button to begin again. */
export function Failure(props: {
  /** Empty while nothing has failed: then nothing is shown. */
  readonly text: string;
  readonly again: string;
  readonly onAgain: () => void;
}) {
  if (!props.text) return null;
  return (
    <div class="message bad" role="alert">
      <p>{props.text}</p>
      <button type="button" onClick={props.onAgain}>
        {props.again}
      </button>
    </div>
  );
}

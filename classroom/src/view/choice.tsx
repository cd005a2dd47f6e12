interface ChoiceProps<T extends string | number> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly T[];
  readonly show?: (option: T) => string;
  readonly onChoose: (option: T) => void;
  readonly disabled?: boolean;
}

/** A list to choose from. A value that it lacks (an address may hold any) stands in its place. */
export function Choice<T extends string | number>(props: ChoiceProps<T>) {
  const { label, value, options, show = String, onChoose, disabled } = props;
  const all = options.includes(value) ? options : [value, ...options].sort((a, b) => Number(a) - Number(b));
  return (
    <label class="field">
      <span>{label}</span>
      <select
        value={String(value)}
        disabled={disabled}
        onChange={({ currentTarget }) => onChoose(all[currentTarget.selectedIndex])}
      >
        {all.map((option) => (
          <option key={option} value={String(option)} selected={option === value}>
            {show(option)}
          </option>
        ))}
      </select>
    </label>
  );
}

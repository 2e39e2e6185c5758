import { fireEvent, render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { useComposedText } from "./composed-text";

function Field() {
  const { field, text } = useComposedText();
  return (
    <>
      <input {...field} aria-label="field" />
      <output>{text}</output>
    </>
  );
}

it("shows a syllable while it is put together, and searches for it when it is whole", () => {
  render(<Field />);
  const field = screen.getByLabelText<HTMLInputElement>("field");
  const write = (value: string) => fireEvent.change(field, { target: { value } });
  write("a");
  expect(screen.getByRole("status").textContent).toBe("a");
  fireEvent.compositionStart(field);
  write("aㅎ");
  write("a하");
  expect(field.value).toBe("a하");
  expect(screen.getByRole("status").textContent).toBe("a");
  fireEvent.compositionEnd(field);
  expect(screen.getByRole("status").textContent).toBe("a하");
});

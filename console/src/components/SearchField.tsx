import { TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";

/** What a list is to be searched for. */
export function SearchField({ label, placeholder, text, setText }: { label: string; placeholder: string; text: string; setText: (text: string) => void }) {
  return <TextInput flex={1} miw={200} type="search" leftSection={<IconSearch size={16} />} placeholder={placeholder} aria-label={label} value={text} onChange={(event) => setText(event.currentTarget.value)} />;
}

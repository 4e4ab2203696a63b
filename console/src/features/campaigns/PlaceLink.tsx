import { Anchor, type AnchorProps } from "@mantine/core";
import { Link, type LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useProgram } from "@/lib/program";

interface Props extends AnchorProps { to: string; params?: Record<string, string>; search?: Record<string, string>; children: ReactNode }

/** A link to a page of the program that is only known by its path. */
export function PlaceLink({ to, params, search, children, ...rest }: Props) {
  const { code } = useProgram();
  const place = { to, params: { program: code, ...params }, search } as LinkProps;
  return <Anchor size="sm" {...rest} renderRoot={(props) => <Link {...place} {...props} />}>{children}</Anchor>;
}

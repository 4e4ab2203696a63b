/** Answers of the API by the operations that give them: names of operations stay, names of schemas may not. */
import type * as Api from "@/api/types.gen";

type Row<T> = T extends { data: (infer R)[] } ? R : T extends (infer R)[] ? R : never;

export type MemberAnswer = Api.GetMemberResponse;
export type RecordAnswer = Api.GetMemberRecordResponse;
export type WalletAnswer = Api.ListWalletsResponse["wallets"][number];
export type LotAnswer = Row<Api.ListLotsResponse>;
export type ReleasedAnswer = Api.ReleasePointsResponse;
export type TicketsAnswer = Row<Api.ListMemberTicketsResponse>;
export type HoldRow = Row<Api.ListHoldsResponse>;
export type ReceiptAnswer = Api.AdjustPointsResponse;
export type AttributeAnswer = Row<Api.ListMemberAttributesResponse>;
export type ProductAnswer = Row<Api.ListProductsResponse>;
export type StoreAnswer = Row<Api.ListStoresResponse>;
export type PartnerAnswer = Row<Api.ListPartnersResponse>;
export type PointTypeAnswer = Row<Api.ListPointTypesResponse>;
export type SourceAnswer = Row<Api.ListSourcesResponse>;
export type KeyAnswer = Row<Api.ListKeysResponse>;
export type IssuedAnswer = Api.IssueApiKeyResponse;
export type EndpointAnswer = Row<Api.ListWebhooksResponse> & { secret?: string | null };
export type TypeAnswer = Row<Api.ListWebhookTypesResponse>;
export type MessageAnswer = Row<Api.ListWebhookMessagesResponse>;
export type DeliveryAnswer = Row<Api.ListWebhookDeliveriesResponse>;
export type SecretAnswer = Api.RotateWebhookSecretResponse;
export type LiabilityAnswer = Api.GetLiabilityResponse;
export type TrialBalanceAnswer = Api.GetTrialBalanceResponse;
export type VerificationAnswer = Api.VerifyProgramBooksResponse;
export type NoteAnswer = Row<Api.ListMemberNotesResponse>;
export type TaskAnswer = Row<Api.ListTasksResponse>;
export type ColleagueAnswer = Row<Api.ListColleaguesResponse>;

{{/* Whether there is any secret: the API server refuses a projected volume of nothing. */}}
{{- define "longshore.hasSecrets" -}}
{{- if or (eq .Values.mode "fleet") .Values.api.linkKeySecret.name .Values.api.tlsSecret }}yes{{ end -}}
{{- end }}

{{/* One key of a secret as one file of a projected volume. */}}
{{- define "longshore.secretFile" -}}
- secret:
    name: {{ .secret.name }}
    items:
      - key: {{ .secret.key }}
        path: {{ .path }}
{{- end }}

{{/* Files with secrets, below one folder; the mode lets the pod's group alone read them. */}}
{{- define "longshore.secrets" -}}
projected:
  defaultMode: 0440
  sources:
    {{- if eq .Values.mode "fleet" }}
    {{- include "longshore.secretFile" (dict "secret" .Values.store.secret "path" "store/secret") | nindent 4 }}
    {{- include "longshore.secretFile" (dict "secret" .Values.queue.secret "path" "queue/url") | nindent 4 }}
    {{- include "longshore.secretFile" (dict "secret" .Values.board.secret "path" "board/url") | nindent 4 }}
    {{- end }}
    {{- if .Values.api.linkKeySecret.name }}
    {{- include "longshore.secretFile" (dict "secret" .Values.api.linkKeySecret "path" "link/keys") | nindent 4 }}
    {{- end }}
    {{- with .Values.api.tlsSecret }}
    {{- include "longshore.secretFile" (dict "secret" (dict "name" . "key" "tls.crt") "path" "tls/tls.crt") | nindent 4 }}
    {{- include "longshore.secretFile" (dict "secret" (dict "name" . "key" "tls.key") "path" "tls/tls.key") | nindent 4 }}
    {{- end }}
{{- end }}

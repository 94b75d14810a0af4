{{/* Keys of a section, each on its line. JSON of texts, numbers and lists is TOML of them too. */}}
{{- define "longshore.keys" -}}
{{- range $key, $value := . }}
{{ $key }} = {{ toJson $value }}
{{- end }}
{{- end }}

{{/* The configuration of all roles. Secrets are in files that it names. */}}
{{- define "longshore.configuration" -}}
{{- $secrets := "/run/secrets/longshore" -}}
{{- $fleet := eq .Values.mode "fleet" -}}
{{- if $fleet -}}
[store]
{{- include "longshore.keys" (merge (dict
  "kind" "s3"
  "endpoint" .Values.store.endpoint
  "public_endpoint" .Values.store.publicEndpoint
  "region" .Values.store.region
  "bucket" .Values.store.bucket
  "prefix" .Values.store.prefix
  "access_key_id" .Values.store.accessKeyId
  "secret_access_key_file" (printf "%s/store/secret" $secrets)
  "checksums" .Values.store.checksums) .Values.settings.store) }}

[queue]
{{- include "longshore.keys" (merge (dict
  "kind" "rabbitmq"
  "url_file" (printf "%s/queue/url" $secrets)
  "namespace" .Values.queue.namespace
  "delivery_limit" .Values.queue.deliveryLimit) .Values.settings.queue) }}

[board]
{{- include "longshore.keys" (merge (dict
  "kind" "redis"
  "url_file" (printf "%s/board/url" $secrets)
  "namespace" .Values.board.namespace) .Values.settings.board) }}

{{ end -}}
[api]
{{- $api := dict "listen" "0.0.0.0:8080" "base_url" .Values.api.baseUrl "proxies" .Values.api.proxies }}
{{- if .Values.api.linkKeySecret.name }}
{{- $_ := set $api "link_key_file" (printf "%s/link/keys" $secrets) }}
{{- end }}
{{- include "longshore.keys" $api }}

[coordinator]
{{- $coordinator := deepCopy .Values.settings.coordinator }}
{{- if .Values.api.tlsSecret }}
{{- $_ := set $coordinator "certificate" (printf "%s/tls/tls.crt" $secrets) }}
{{- $_ := set $coordinator "private_key" (printf "%s/tls/tls.key" $secrets) }}
{{- end }}
{{- include "longshore.keys" $coordinator }}

[worker]
{{- include "longshore.keys" (merge (dict
  "slots" .Values.worker.slots
  "scratch" "/tmp"
  "grace" (printf "%ds" (int .Values.worker.graceSeconds))) .Values.settings.worker) }}

[agent]
{{- include "longshore.keys" (merge (dict
  "slots" .Values.agent.slots
  "scratch" "/tmp"
  "staging_bytes" .Values.agent.stagingBytes
  "grace" (printf "%ds" (int .Values.agent.graceSeconds))) .Values.settings.agent) }}

[telemetry]
{{- include "longshore.keys" (dict
  "log" .Values.telemetry.log
  "log_format" .Values.telemetry.logFormat
  "otlp_endpoint" .Values.telemetry.otlpEndpoint
  "metrics_listen" "0.0.0.0:9090") }}
{{- if .Values.test.enabled }}

# What `helm test` exports.
[sources.helm_test]
kind = "csv"
path = "/etc/longshore/test.csv"
{{- end }}
{{- with .Values.config }}

{{ . | trim }}
{{- end }}
{{- end }}

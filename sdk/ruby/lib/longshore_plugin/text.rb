# frozen_string_literal: true

module LongshorePlugin
  # Texts that JSON can hold, whatever an exporter logs or raises.
  module Text
    # A message longer than this is cut, in characters: a line of the protocol is held in memory by the host.
    LONGEST = 16_384

    def self.of(value)
      text = value.is_a?(String) ? value : value.inspect
      text = text.dup.force_encoding(Encoding::UTF_8) if text.encoding == Encoding::BINARY
      text = text.encode(Encoding::UTF_8, invalid: :replace, undef: :replace).scrub("\u{fffd}")
      text.length > LONGEST ? "#{text[0, LONGEST]}… (cut)" : text
    end

    # Without what newer Rubies add for a terminal: the line of code, and what may have been meant.
    def self.of_exception(exception)
      message = exception.respond_to?(:original_message) ? exception.original_message : exception.message
      of("#{message} (#{exception.class})")
    end

    # `SomeExport` for `some_export`, as Zeitwerk has it without rules of one's own.
    def self.camelize(name)
      name.split("_").map(&:capitalize).join
    end
  end
end

# frozen_string_literal: true

module LongshorePlugin
  # What went wrong, where, and what to do about it: whoever reads an export's log has nothing else.
  class Fault < StandardError
    attr_reader :code, :place, :hint

    def initialize(code, what, place: nil, hint: nil)
      @code = code
      @place = place
      @hint = hint
      super([place ? "#{place}: #{what}" : what, hint].compact.join("; "))
    end
  end

  # The host answered a request with an error: a dataset is not there, a source did not answer.
  class Refused < Fault
    def initialize(operation, answer)
      super(answer[:code].to_s, answer[:message].to_s, place: operation)
    end
  end

  # The host is gone or wants this process to end. No StandardError, so that no `rescue` of an exporter takes it for its own.
  class Stopped < Exception; end
end

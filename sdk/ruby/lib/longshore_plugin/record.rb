# frozen_string_literal: true

module LongshorePlugin
  # What IDAH knows of a dataset, an entry, an annotation or a media.
  #
  # Read by methods or by keys. A field that a record does not have is nil, as exporters rely on.
  class Record
    attr_reader :id, :type

    # `read` is flat, or has its fields in `attributes` as JSON:API has them. It belongs to the record from now on.
    def initialize(type, read)
      nested = read[:attributes].is_a?(Hash) && read.key?(:id)
      @id = nested ? read[:id] : read.delete(:id)
      @type = nested && read[:type] || type
      @attributes = nested ? read[:attributes] : read
    end

    def attributes
      @attributes = Keyed.of(@attributes)
    end

    # As JSON:API has it.
    def data
      Keyed.of({ id: @id, type: @type, attributes: attributes })
    end

    def [](name)
      name = name.to_sym
      name == :id ? @id : attributes[name]
    end

    def key?(name)
      name.to_sym == :id || @attributes.key?(name.to_sym)
    end

    def dig(name, *rest)
      value = self[name]
      rest.empty? || value.nil? ? value : value.dig(*rest)
    end

    def to_h(&block)
      fields = { id: @id }.merge!(@attributes)
      block ? fields.to_h(&block) : fields
    end

    # For `case record in { name: String => name }`.
    def deconstruct_keys(_names) = to_h

    def as_json(*) = to_h

    def to_json(*state)
      to_h.to_json(*state)
    end

    def ==(other)
      other.is_a?(Record) && type == other.type && id == other.id && to_h == other.to_h
    end
    alias eql? ==

    def hash
      [type, id].hash
    end

    def inspect
      "#<#{type} #{to_h.inspect}>"
    end

    def method_missing(name, *arguments)
      return attributes[name] if arguments.empty? && @attributes.key?(name)
      # Conversions and changes are no fields.
      return super if !arguments.empty? || name.start_with?("to_") || !name.match?(/\w\z/)

      nil
    end

    def respond_to_missing?(name, include_private = false)
      @attributes.key?(name) || super
    end
  end
end
